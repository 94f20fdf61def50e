/**
 * Has `console` drop what it cannot print. A terminal that was closed, or a full disk under a log
 * file, must not keep a program from landing what it holds and ending in order.
 */
export function dropUnprintable(): void {
  for (const method of ["log", "error"] as const) {
    const print = console[method];
    console[method] = (...args) => {
      try {
        print(...args);
      } catch {
        // There is nobody who could be told.
      }
    };
  }
}
