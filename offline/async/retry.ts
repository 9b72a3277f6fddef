import { delay } from "./delay.ts";

/** Thrown by {@linkcode retry} when every attempt has failed; `cause` is the last failure. */
export class RetryError extends Error {
  /**
   * @param cause What the last attempt threw.
   * @param attempts How many attempts were made.
   */
  constructor(cause: unknown, attempts: number) {
    super(`Retrying exceeded the maxAttempts (${attempts}).`);
    this.name = "RetryError";
    this.cause = cause;
  }
}

/** Options for {@linkcode retry}. */
export interface RetryOptions {
  /**
   * Factor by which the wait grows from one attempt to the next; at least 1.
   *
   * @default {2}
   */
  multiplier?: number;
  /**
   * Longest wait between two attempts, in milliseconds.
   *
   * @default {60000}
   */
  maxTimeout?: number;
  /**
   * Maximum number of calls; a whole number of at least 1.
   *
   * @default {5}
   */
  maxAttempts?: number;
  /**
   * Wait after the first failure, in milliseconds, before jitter.
   *
   * @default {1000}
   */
  minTimeout?: number;
  /**
   * Share of each wait that is random: 0 waits in full, 1 between nothing and all of it.
   *
   * @default {1}
   */
  jitter?: number;
  /**
   * Whether to retry after a failure; if not, `retry` throws it unchanged.
   *
   * @default {() => true}
   */
  isRetriable?: (err: unknown) => boolean;
  /** Stops before the next attempt or during a wait; `retry` throws its reason. */
  signal?: AbortSignal;
}

/** A rule for an option: `[name, value, whether the rule holds, what the value must be]`. */
type Rule = readonly [
  name: string,
  value: number,
  holds: boolean,
  mustBe: string,
];

/**
 * Calls `fn` until it succeeds, at most `maxAttempts` times, with growing waits in between.
 *
 * @param fn What to attempt; may be synchronous.
 * @param options The number of attempts, the waits, and which failures to retry.
 * @returns What `fn` returned.
 * @throws {RangeError} If an option is out of its range.
 * @throws {RetryError} If the last attempt failed as well.
 * @throws The failure itself if `isRetriable` returns `false`; the reason of the signal if it aborts.
 */
export async function retry<T>(
  fn: (() => Promise<T>) | (() => T),
  options?: RetryOptions,
): Promise<T> {
  const {
    multiplier = 2,
    maxTimeout = 60_000,
    maxAttempts = 5,
    minTimeout = 1_000,
    jitter = 1,
    isRetriable = () => true,
    signal,
  } = options ?? {};

  const rules: readonly Rule[] = [
    [
      "maxAttempts",
      maxAttempts,
      Number.isInteger(maxAttempts) && maxAttempts >= 1,
      "a positive integer",
    ],
    [
      "multiplier",
      multiplier,
      Number.isFinite(multiplier) && multiplier >= 1,
      "a finite number >= 1",
    ],
    ["maxTimeout", maxTimeout, maxTimeout > 0, "a positive number"],
    ["minTimeout", minTimeout, minTimeout >= 0, ">= 0"],
    [
      "minTimeout",
      minTimeout,
      minTimeout <= maxTimeout,
      `<= 'maxTimeout' (${maxTimeout})`,
    ],
    ["jitter", jitter, jitter >= 0 && jitter <= 1, "between 0 and 1"],
  ];
  for (const [name, value, holds, mustBe] of rules) {
    if (!holds) {
      throw new RangeError(
        `Cannot retry as '${name}' must be ${mustBe}: current value is ${value}`,
      );
    }
  }

  for (let attempts = 1;; attempts++) {
    signal?.throwIfAborted();
    try {
      return await fn();
    } catch (error) {
      if (!isRetriable(error)) throw error;
      if (attempts === maxAttempts) throw new RetryError(error, attempts);
    }
    const wait = Math.min(
      maxTimeout,
      minTimeout * multiplier ** (attempts - 1),
    );
    await delay(
      wait - wait * jitter * Math.random(),
      signal ? { signal } : undefined,
    );
  }
}
