/** Rows of one statement, at most. */
const maxRows = 500;

/** SQLSTATEs of errors that one wrong or locked row can cause: the others of a batch may succeed. */
const ofSomeRow = /^(?:21|22|23|40|54|55|57014)/;

interface Wish<R> {
  row: R;
  resolve(isDone: boolean): void;
  reject(error: unknown): void;
}

/**
 * Combines the rows of one turn of the event loop, and those that come while a statement is under way, into one statement,
 * so that they share a commit. If that fails because of one row, each is tried by itself.
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
      const { id } = wish.row;
      if (batch.length === maxRows || ids.has(id)) {
        later.push(wish);
      } else {
        batch.push(wish);
        ids.add(id);
      }
    }
    waiting = later;
    return batch.sort((a, b) => (a.row.id < b.row.id ? -1 : 1));
  }

  async function run(batch: Wish<R>[]): Promise<void> {
    try {
      const done = new Set(await perform(batch.map(({ row }) => row)));
      for (const { row, resolve } of batch) resolve(done.has(row.id));
    } catch (error) {
      const isOfSomeRow = ofSomeRow.test(String((error as { code?: unknown } | null)?.code));
      if (isOfSomeRow && batch.length > 1) await Promise.all(batch.map((wish) => run([wish])));
      else for (const { reject } of batch) reject(error);
    }
  }

  async function work(): Promise<void> {
    isBusy = true;
    while (waiting.length > 0) {
      // After this turn's callbacks, which may all add rows.
      await new Promise(setImmediate);
      await run(takeBatch());
    }
    isBusy = false;
  }

  /** @returns whether the statement did something for the row */
  return (row: R): Promise<boolean> =>
    new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject });
      if (!isBusy) void work();
    });
}
