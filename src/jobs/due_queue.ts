/** An item of a {@linkcode DueQueue}. Only the queue changes these fields. */
export interface Queueable {
  /** When it is due; `Infinity` while it is not queued. */
  due: number;
  /** Orders items that are due at the same time; 0 until it is queued for the first time. */
  order: number;
}

// Up to this number, items that have gone are worth no effort.
const FEW = 20;

/**
 * A queue of items by the time they are due, items of the same time in the order in which they were first added: a binary
 * heap, so that taking costs what is due, however many items are queued.
 *
 * An item that is moved or deleted stays in the heap until it comes first, or half of the heap has gone: to know where it is,
 * every move in the heap would have to touch an item, which would take most of the time with 10,000 of them.
 */
export class DueQueue<T extends Queueable> {
  readonly #items: T[] = [];
  /** When they are due, or were. */
  readonly #times: number[] = [];
  #gone = 0;
  #added = 0;

  /** The item that is due first, if any. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** When the first item is due; `Infinity` if there is none. */
  get firstDue(): number {
    return this.#times[0] ?? Infinity;
  }

  /** Queues `item`, or moves it if it is already queued. */
  set(item: T, due: number): void {
    if (item.due === due) return;
    // Never another one, or what is left in the heap of an item that has gone would be out of order, should it count again.
    if (item.order === 0) item.order = ++this.#added;
    const isFirst = this.#items[0] === item;
    if (!isFirst && item.due !== Infinity) this.#gone++;
    item.due = due;
    if (isFirst) this.#sink(item, due);
    else this.#rise(item, due, this.#items.length);
    this.#tidy();
  }

  /** Removes `item`, if it is queued. */
  delete(item: T): void {
    if (item.due === Infinity) return;
    item.due = Infinity;
    this.#gone++;
    this.#tidy();
  }

  /** Removes items that have gone from the front, and all of them when they are many. */
  #tidy(): void {
    const items = this.#items;
    const times = this.#times;
    while (items.length > 0 && items[0]!.due !== times[0]) {
      this.#gone--;
      const last = items.pop()!;
      const due = times.pop()!;
      if (items.length > 0) this.#sink(last, due);
    }
    if (this.#gone <= FEW || 2 * this.#gone <= items.length) return;
    const queued = new Set(items.filter((item, index) => item.due === times[index]));
    this.#gone = items.length = times.length = 0;
    for (const item of queued) this.#rise(item, item.due, items.length);
  }

  /** Puts an item into the gap at `index`, or above. */
  #rise(item: T, due: number, index: number): void {
    const items = this.#items;
    const times = this.#times;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const time = times[parent]!;
      if (time < due || (time === due && items[parent]!.order < item.order)) break;
      times[index] = time;
      items[index] = items[parent]!;
      index = parent;
    }
    times[index] = due;
    items[index] = item;
  }

  /** Puts an item in place of the first. */
  #sink(item: T, due: number): void {
    const items = this.#items;
    const times = this.#times;
    const { length } = items;
    let index = 0;
    // The gap goes to the bottom, as most items are next due later than nearly all others.
    for (let child; (child = 2 * index + 1) < length; index = child) {
      const right = child + 1;
      if (right < length) {
        const time = times[right]!;
        const left = times[child]!;
        if (time < left || (time === left && items[right]!.order < items[child]!.order)) {
          child = right;
        }
      }
      times[index] = times[child]!;
      items[index] = items[child]!;
    }
    this.#rise(item, due, index);
  }
}
