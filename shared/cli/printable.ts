/** Control characters, line breaks, bidirectional marks, and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Untrusted text as one line that is safe to print and store: the rest is escaped, as in `\u001b`.
 */
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
/** The most UTF-16 units of one visible character: further ones are decoration. */
const LONGEST = 40;
