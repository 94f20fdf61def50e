// All locales together take a third of a second to load.
import { faker } from "@faker-js/faker/locale/en_ZA";

const { first_name, last_name } = faker.rawDefinitions.person as Record<
  "first_name" | "last_name",
  Record<string, readonly string[]>
>;

/** First names of South Africans. */
export const firstNames: readonly string[] = Object.values(first_name).flat();
/** Last names of South Africans. */
export const lastNames: readonly string[] = Object.values(last_name).flat();
