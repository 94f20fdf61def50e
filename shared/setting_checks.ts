/** A check of a setting: gives what would be right when a value is not one line of plain text. */
export function oneLine(value: string): string | undefined {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return /[\x00-\x1f\x7f]/.test(value) ? "text without control characters" : undefined;
}

/** Makes a check of a setting: gives what would be right when a value is no number of the range. */
export function wholeNumber(min: number, max: number): (value: string) => string | undefined {
  return (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`;
}
