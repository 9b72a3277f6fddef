import { setImmediate } from "node:timers";

// Short beside what a run may be late, even with a garbage collection on top; long beside the cost of a turn.
const TURN_MS = 5;

let turnStartedAt = 0;
let next: Promise<void> | undefined;

/** Begins a turn; to be called first in the callback of a timer. */
export function beginTurn(): void {
  turnStartedAt = Date.now();
}

/**
 * Whether long work has to `await` {@linkcode nextTurn} before it goes on: it has held the event loop for 5 ms, together
 * with all other long work, or no turn has begun.
 */
export function isTurnOver(): boolean {
  // Not performance.now(), which takes several times as long. The clock may have been set back.
  const elapsed = Date.now() - turnStartedAt;
  return elapsed < 0 || elapsed >= TURN_MS;
}

/** Lets everything else run that waits: timers, answers, jobs. */
export function nextTurn(): Promise<void> {
  return next ??= new Promise((resolve) =>
    setImmediate(() => {
      next = undefined;
      beginTurn();
      resolve();
    })
  );
}

/**
 * Calls `work` for each item, without holding the event loop for long, however many there are.
 *
 * @throws What `work` throws, and the reason of `signal` as soon as a turn begins after that has aborted.
 */
export async function inTurns<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const item of items) {
    // In a loop, because other long work may have had this turn.
    while (isTurnOver()) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    work(item);
  }
}
