/**
 * Maps the items of an iterable with at most `poolLimit` calls of `iteratorFn` under way at once,
 * and yields the results in the order of the items.
 *
 * Work starts with the call and does not wait for the reader. After a failure no further item is
 * begun; those under way finish, what they return is still yielded, then the failures are thrown
 * together.
 *
 * @param poolLimit How many items may be under way at once; a whole number of at least 1.
 * @param array The items.
 * @param iteratorFn Called once for each item.
 * @returns The results; throws an `AggregateError` of all failures at its end.
 * @throws {RangeError} If `poolLimit` is not a whole number of at least 1.
 */
export function pooledMap<T, R>(
  poolLimit: number,
  array: Iterable<T> | AsyncIterable<T>,
  iteratorFn: (data: T) => Promise<R>,
): AsyncIterableIterator<R> {
  if (!Number.isInteger(poolLimit) || poolLimit < 1) {
    throw new RangeError("'poolLimit' must be a positive integer");
  }
  const queue: Queue<R> = {
    begun: [],
    failures: [],
    finished: false,
    news: new Bell(),
  };
  work(poolLimit, array, iteratorFn, queue);
  return inOrder(queue);
}

/** What became of one item. */
type Outcome<R> = { readonly ok: true; readonly value: R } | {
  readonly ok: false;
};

/** What the working side tells the reading side. */
interface Queue<R> {
  /** The items under way or done and not yet read, in order. */
  readonly begun: Promise<Outcome<R>>[];
  readonly failures: unknown[];
  finished: boolean | "with failures";
  /** Rung when one of the others has changed. */
  readonly news: Bell;
}

/** Wakes the one who listens; a ring while nobody does is heard by the next. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => this.#wake = resolve);
    this.#rung = false;
    this.#wake = undefined;
  }
}

/** Begins item after item, as many at once as the limit allows. Never rejects. */
async function work<T, R>(
  limit: number,
  items: Iterable<T> | AsyncIterable<T>,
  map: (data: T) => Promise<R>,
  queue: Queue<R>,
): Promise<void> {
  const { begun, failures } = queue;
  const underWay = new Set<Promise<unknown>>();
  let complete = false;
  try {
    for await (const item of items) {
      const outcome = Promise.resolve().then(() => map(item)).then(
        (value): Outcome<R> => ({ ok: true, value }),
        (error): Outcome<R> => {
          failures.push(error);
          return { ok: false };
        },
      );
      const place: Promise<unknown> = outcome.then(() => underWay.delete(place));
      underWay.add(place);
      begun.push(outcome);
      queue.news.ring();
      if (underWay.size >= limit) await Promise.race(underWay);
      if (failures.length > 0) break;
    }
    complete = true;
  } catch {
    // The iterable itself failed: the reader gets an AggregateError, as it does from the real one.
  }
  await Promise.all(underWay);
  queue.finished = complete && failures.length === 0 ? true : "with failures";
  queue.news.ring();
}

async function* inOrder<R>(
  queue: Queue<R>,
): AsyncGenerator<R, void, undefined> {
  while (true) {
    const next = queue.begun.shift();
    if (next !== undefined) {
      const outcome = await next;
      if (outcome.ok) yield outcome.value;
    } else if (queue.finished) {
      break;
    } else {
      await queue.news.heard();
    }
  }
  if (queue.finished === "with failures") {
    throw new AggregateError(
      queue.failures,
      "Cannot complete the mapping as an error was thrown from an item",
    );
  }
}
