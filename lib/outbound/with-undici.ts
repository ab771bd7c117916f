/** The module. */
export type Undici = typeof import('undici');

/** What was made with undici; while undici is loading, a promise of it. */
export type Made<T> = T | Promise<T>;

let loaded: Undici | undefined;

/**
 * Makes something with undici when it is first needed: undici takes longer to load than the rest of this package, and
 * many processes never need it.
 *
 * @returns a function that returns what was made: the value itself once undici is loaded, before that a promise. The promise
 *   rejects when loading fails, and the next call tries again
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
    // Registered before the callers' own callbacks, so that `made` is up to date when those run.
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
