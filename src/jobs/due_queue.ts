/** An item of a {@linkcode DueQueue}. Only the queue changes these fields. */
export interface Queueable {
  /** Orders items that are due at the same time. */
  order: number;
  /** Its index in the heap; -1 while it is not queued. */
  index: number;
}

/**
 * A queue of items by the time they are due, items of the same time in the order in which they were added: a binary heap,
 * so that taking costs what is due, however many items are queued.
 */
export class DueQueue<T extends Queueable> {
  readonly #heap: T[] = [];
  /** When the items of the heap are due: side by side, as reading them from 100,000 items would take most of the time. */
  readonly #times: number[] = [];
  #added = 0;

  /** The number of queued items. */
  get size(): number {
    return this.#heap.length;
  }

  /** The item that is due first, if any. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** When the first item is due; `Infinity` if there is none. */
  get firstDue(): number {
    return this.#times[0] ?? Infinity;
  }

  /** When a queued item is due. */
  dueOf(item: T): number {
    return this.#times[item.index] ?? Infinity;
  }

  /** Queues `item`, or moves it if it is already queued. */
  set(item: T, due: number): void {
    if (item.index < 0) {
      item.order = this.#added++;
      item.index = this.#heap.push(item) - 1;
    }
    this.#place(item, due);
  }

  /** Removes `item`, if it is queued. */
  delete(item: T): void {
    if (item.index < 0) return;
    const last = this.#heap.pop()!;
    const due = this.#times.pop()!;
    if (last !== item) {
      last.index = item.index;
      this.#place(last, due);
    }
    item.index = -1;
  }

  /** Puts an item, whose index is that of a gap or its own, where it belongs. */
  #place(item: T, due: number): void {
    let index = item.index;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#isEarlier(parent, item, due)) break;
      this.#move(parent, index);
      index = parent;
    }
    for (let child; (child = 2 * index + 1) < this.#heap.length; index = child) {
      const right = child + 1;
      if (
        right < this.#heap.length && this.#isEarlier(right, this.#heap[child]!, this.#times[child]!)
      ) {
        child = right;
      }
      if (!this.#isEarlier(child, item, due)) break;
      this.#move(child, index);
    }
    item.index = index;
    this.#heap[index] = item;
    this.#times[index] = due;
  }

  #move(from: number, to: number): void {
    const item = this.#heap[from]!;
    item.index = to;
    this.#heap[to] = item;
    this.#times[to] = this.#times[from]!;
  }

  #isEarlier(index: number, item: T, due: number): boolean {
    const time = this.#times[index]!;
    return time < due || (time === due && this.#heap[index]!.order < item.order);
  }
}
