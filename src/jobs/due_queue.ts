/** An item of a {@linkcode DueQueue}. Only the queue changes these fields. */
export interface Queueable {
  /** When it is due. */
  due: number;
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
  #added = 0;

  /** The number of queued items. */
  get size(): number {
    return this.#heap.length;
  }

  /** The item that is due first, if any. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Queues `item`, or moves it if it is already queued. */
  set(item: T, due: number): void {
    item.due = due;
    if (item.index < 0) {
      item.order = this.#added++;
      item.index = this.#heap.length;
      this.#heap.push(item);
    }
    this.#place(item);
  }

  /** Removes `item`, if it is queued. */
  delete(item: T): void {
    const last = this.#heap.at(-1);
    if (item.index < 0 || last === undefined) return;
    this.#heap.pop();
    if (last !== item) {
      last.index = item.index;
      this.#place(last);
    }
    item.index = -1;
  }

  /** Puts an item, whose index is that of a gap or its own, where it belongs. */
  #place(item: T): void {
    const heap = this.#heap;
    let index = item.index;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent]!;
      if (!isEarlier(item, above)) break;
      above.index = index;
      heap[index] = above;
      index = parent;
    }
    for (let child; (child = 2 * index + 1) < heap.length; index = child) {
      const right = heap[child + 1];
      if (right !== undefined && isEarlier(right, heap[child]!)) child++;
      const below = heap[child]!;
      if (!isEarlier(below, item)) break;
      below.index = index;
      heap[index] = below;
    }
    item.index = index;
    heap[index] = item;
  }
}

function isEarlier(a: Queueable, b: Queueable): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}
