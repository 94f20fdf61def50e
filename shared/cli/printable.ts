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
  if (characters.length <= length) return text;
  const most = characters.slice(0, length).join("").length;
  // A flag, a family or an accented letter is several of them.
  const seen = segmenter.segment(text.slice(0, most + LONGEST)).containing(most)?.index ?? most;
  return `${text.slice(0, most - seen < LONGEST ? seen : most)}…`;
}

const segmenter = new Intl.Segmenter();
/** What a character that is seen as one takes at most, in UTF-16: others are decoration. */
const LONGEST = 40;
