/** The module. */
export type Undici = typeof import('undici');

/** What was made of undici; a promise of it while undici is loaded. */
export type Made<T> = T | Promise<T>;

let loaded: Undici | undefined;

/**
 * Makes something of undici when it is first asked for: undici takes longer to load than the rest of this package, and
 * many processes never need it.
 *
 * @returns gives what was made, at once when undici is loaded; the promise rejects when that fails, and the next call
 *   tries again
 */
export function withUndici<T extends object>(make: (undici: Undici) => T): () => Made<T> {
  let made: Made<T> | undefined;

  async function makeLater(): Promise<T> {
    loaded = await import('undici');
    return make(loaded);
  }

  return () => {
    if (made !== undefined) return made;
    if (loaded !== undefined) {
      made = make(loaded);
      return made;
    }
    const making = makeLater();
    made = making;
    // Ahead of those who wait for it: who comes after them finds it.
    making.then(
      (value) => {
        made = value;
      },
      () => {
        made = undefined;
      },
    );
    return making;
  };
}
