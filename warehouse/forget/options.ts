import { Option } from "../../shared/cli/options.ts";

/** The flags of forgetting a customer. */
export const forgetOptions = [new Option("--dry-run", "only show what would be blanked")];
