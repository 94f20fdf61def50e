/** The same pattern as in the view of the freshness. */
const STAMP = /_\d{8}_\d{6}[^/]*$/;

/**
 * Whether a key is that of a file which was landed while its events came, by us or another
 * consumer: the name has a stamp. An export, of a year say, has none: how old its rows are says
 * nothing of the pipeline.
 */
export function isStreamed(key: string): boolean {
  return STAMP.test(key);
}
