import { delay } from "./delay.ts";

/** What {@linkcode retry} throws when every attempt has failed; `cause` is the last failure. */
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
   * By how much the wait grows from one attempt to the next; at least 1.
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
   * How many times the function is called at most; a whole number of at least 1.
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
   * Whether a failure is worth another attempt; where not, it is thrown as it is.
   *
   * @default {() => true}
   */
  isRetriable?: (err: unknown) => boolean;
  /** Looked at before each attempt, and ends a wait; its reason is what is thrown. */
  signal?: AbortSignal;
}

/** One rule of the options: `[name, value, whether it holds, what it must be]`. */
type Rule = readonly [
  name: string,
  value: number,
  holds: boolean,
  mustBe: string,
];

/**
 * Calls `fn` until it does not fail, at most `maxAttempts` times, with growing waits in between.
 *
 * @param fn What to attempt; may be synchronous.
 * @param options How often, with which waits, for which failures.
 * @returns What `fn` returned.
 * @throws {RangeError} If an option is out of its range.
 * @throws {RetryError} If the last attempt failed as well.
 * @throws The failure itself if `isRetriable` says no, the reason of the signal if that is aborted.
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
