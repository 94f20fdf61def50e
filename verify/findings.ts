/** How many findings are kept; the rest is only counted. */
const KEPT = 200;

/** Lines of what was found. Of very many only the first ones are kept, and the rest is counted. */
export class Findings {
  readonly #lines: string[] = [];
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** The lines that were kept, and one that says how many were not. */
  get lines(): string[] {
    const more = this.#count - this.#lines.length;
    return more > 0 ? [...this.#lines, `… and ${more.toLocaleString("en-US")} more`] : this.#lines;
  }

  /** Adds lines. */
  add(...lines: readonly string[]): void {
    for (const line of lines) {
      this.#count++;
      if (this.#lines.length < KEPT) this.#lines.push(line);
    }
  }

  /** Adds the findings of others. */
  addAll(...others: readonly Findings[]): void {
    for (const other of others) {
      this.add(...other.#lines);
      this.#count += other.count - other.#lines.length;
    }
  }
}
