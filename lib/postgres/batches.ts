/** Rows of one statement, at most. */
const maxRows = 500;

/** SQLSTATEs of errors that one wrong or locked row can cause: the others of a batch may succeed. */
const ofSomeRow = /^(?:21|22|23|40|54|55|57014)/;

interface Wish<R> {
  rows: readonly R[];
  resolve(ids: string[]): void;
  reject(error: unknown): void;
}

/**
 * Combines the wishes of one turn of the event loop, and those that come while a statement is under way, into one statement,
 * so that they share a commit. If that fails because of one row, each wish is tried by itself.
 *
 * @param perform runs the statement for rows in the order of their ids, so that two of them do not wait for each other;
 * resolves to the ids of those for which it did something
 */
export function batches<R extends { id: string }>(perform: (rows: R[]) => Promise<string[]>) {
  let waiting: Wish<R>[] = [];
  let isBusy = false;

  /** The first wishes, but only one for each row: a statement changes each row once. */
  function takeBatch(): Wish<R>[] {
    const batch: Wish<R>[] = [];
    const later: Wish<R>[] = [];
    const ids = new Set<string>();
    for (const wish of waiting) {
      const fits = ids.size === 0 || ids.size + wish.rows.length <= maxRows;
      if (!fits || wish.rows.some(({ id }) => ids.has(id))) later.push(wish);
      else batch.push(wish);
      for (const { id } of wish.rows) ids.add(id);
    }
    waiting = later;
    return batch;
  }

  async function run(wishes: Wish<R>[]): Promise<void> {
    const rows = wishes.flatMap((wish) => wish.rows).sort((a, b) => (a.id < b.id ? -1 : 1));
    try {
      const done = new Set(await perform(rows));
      for (const wish of wishes) wish.resolve(wish.rows.flatMap(({ id }) => (done.has(id) ? id : [])));
    } catch (error) {
      const isOfSomeRow = ofSomeRow.test(String((error as { code?: unknown } | null)?.code));
      if (isOfSomeRow && wishes.length > 1) await Promise.all(wishes.map((wish) => run([wish])));
      else for (const wish of wishes) wish.reject(error);
    }
  }

  async function work(): Promise<void> {
    isBusy = true;
    while (waiting.length > 0) {
      // After this turn's callbacks, all of which may want something.
      await new Promise(setImmediate);
      await run(takeBatch());
    }
    isBusy = false;
  }

  /** @returns the ids of those rows for which the statement did something */
  return async (rows: readonly R[]): Promise<string[]> => {
    if (rows.length === 0) return [];
    return new Promise((resolve, reject) => {
      waiting.push({ rows, resolve, reject });
      if (!isBusy) void work();
    });
  };
}
