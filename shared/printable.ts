/** What a terminal would obey, what breaks a line, what turns text around, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/** Text of any source as one line that can be printed and stored: what is neither is shown as `\u001b`. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The beginning of a text, with `…` where it goes on.
 *
 * @param length in characters: none is cut in half
 */
export function excerpt(text: string, length = 60): string {
  if (text.length <= length) return text;
  const characters = [...text.slice(0, 2 * length + 1)];
  return characters.length <= length ? text : `${characters.slice(0, length).join("")}…`;
}
