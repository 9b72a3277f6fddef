import { Deque } from "../util/deque.ts";

/** A queue of items with keys: the items of a key stay in order, and the keys take turns. */
export class FairQueue<T> {
  readonly #queues = new Map<string, Deque<T>>();
  /** The same, in the order of their turns. */
  readonly #turns = new Deque<{ readonly key: string; readonly queue: Deque<T> }>();

  /** The number of keys with items. */
  get keys(): number {
    return this.#queues.size;
  }

  /** Appends an item to those of its key. */
  push(key: string, item: T): void {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, queue = new Deque());
      this.#turns.push({ key, queue });
    }
    queue.push(item);
  }

  /**
   * Gives the next key its turn: calls `work` with the first item of it.
   *
   * @param work Returns whether it is done with the item, which is then removed.
   */
  takeTurn(work: (item: T) => boolean): void {
    const turn = this.#turns.shift();
    if (turn === undefined) return;
    const { key, queue } = turn;
    if (work(queue.first!)) queue.shift();
    if (queue.size > 0) this.#turns.push(turn);
    else this.#queues.delete(key);
  }

  /** Returns the first item of each key. */
  *firsts(): Generator<T> {
    for (const queue of this.#queues.values()) yield queue.first!;
  }
}
