/** Checks a setting: returns what is expected if a value is not one line of plain text. */
export function oneLine(value: string): string | undefined {
  // deno-lint-ignore no-control-regex -- they are what this matches
  return /[\x00-\x1f\x7f]/.test(value) ? "text without control characters" : undefined;
}

/**
 * Returns a check of a setting, which returns what is expected if a value is not a number in the
 * range.
 */
export function wholeNumber(min: number, max: number): (value: string) => string | undefined {
  return (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`;
}

/** Checks a setting: returns what is expected if a value is not a valid bucket name. */
export function bucketName(value: string): string | undefined {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)
    ? undefined
    : "an S3 bucket name (3 to 63 lower-case letters, digits, '.' and '-')";
}

/** Checks a setting: returns what is expected if a value is neither empty nor a PostgreSQL URL. */
export function postgresUrl(value: string): string | undefined {
  const url = URL.parse(value);
  const right = url && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== "" &&
    url.pathname.length > 1;
  return value === "" || right ? undefined : "postgresql://user:password@host:port/database";
}

/** Checks a setting: returns what is expected if a value is not a named time zone. */
export function timeZone(value: string): string | undefined {
  const expected = "the IANA name of a time zone, such as Africa/Johannesburg";
  // Intl also accepts an offset, but that knows no daylight saving time.
  if (!/^[A-Za-z]/.test(value)) return expected;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return undefined;
  } catch {
    return expected;
  }
}
