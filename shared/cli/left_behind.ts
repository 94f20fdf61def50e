/** What keeps running when a program is stopped at once: printed on the second Ctrl-C. */
export class LeftBehind {
  readonly #notes = new Set<string>();

  /** Notes something, until it is disposed: what may run on, and the command that ends it. */
  note(line: string): Disposable {
    this.#notes.add(line);
    return { [Symbol.dispose]: () => void this.#notes.delete(line) };
  }

  /** Everything noted at the moment. */
  lines(): string[] {
    return [...this.#notes];
  }
}
