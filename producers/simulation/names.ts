import { en_ZA } from "@faker-js/faker";

const { person } = en_ZA as {
  person: Record<"first_name" | "last_name", Record<string, readonly string[]>>;
};

/** First names of South Africans. */
export const firstNames: readonly string[] = Object.values(person.first_name).flat();
/** Last names of South Africans. */
export const lastNames: readonly string[] = Object.values(person.last_name).flat();
