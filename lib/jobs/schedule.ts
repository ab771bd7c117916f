/** Something to be done at a time; {@link Schedule} keeps its place in `index`. */
export interface Scheduled {
  /** By the monotonic clock, in milliseconds. */
  at: number;
  index: number;
}

/** What is to be done next: a binary heap, so that a hundred thousand waiting entries cost nothing while they wait. */
export class Schedule<E extends Scheduled> {
  readonly #heap: E[] = [];

  get first(): E | undefined {
    return this.#heap[0];
  }

  add(entry: E): void {
    this.#place(entry, this.#heap.length);
    this.#rise(entry);
  }

  remove(entry: E): void {
    const last = this.#heap.pop() as E;
    if (last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  #place(entry: E, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }

  #rise(entry: E): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1] as E;
      if (parent.at <= entry.at) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: E): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = right && left && right.at < left.at ? right : left;
      if (child === undefined || entry.at <= child.at) return;
      this.#swap(entry, child);
    }
  }

  #swap(upper: E, lower: E): void {
    const { index } = upper;
    this.#place(upper, lower.index);
    this.#place(lower, index);
  }
}
