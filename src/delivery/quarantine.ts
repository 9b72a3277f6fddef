import { Deque } from "../util/deque.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

/** A value that is sent alone. */
export interface IsolatedValue {
  /** The value. */
  readonly value: WaitingValue;
  /** When it failed alone for the first time, in milliseconds; `undefined` before that. */
  readonly failedSince: number | undefined;
}

interface FailedValue extends IsolatedValue {
  readonly notBefore: number;
}

interface QuarantinedPath {
  /** Whether other values of the path have to wait, since the last one that was sent failed. */
  isClosed: boolean;
  /** When it was closed. */
  closedAt: number;
  /** When its next value may be sent while it is closed. */
  notBefore: number;
  /** Values that wait because it is closed, oldest first. */
  readonly waiting: Deque<WaitingValue>;
  /** Values that have failed alone. */
  failed: FailedValue[];
  triesNewest: boolean;
}

// The pause before the next try: a share of the time for which a path or a value has failed, so that it is tried soon
// after a short failure, and costs next to nothing if it lasts.
const PAUSE_SHARE = 1 / 8;
const MIN_PAUSE_MS = 1000;
const MAX_PATH_PAUSE_MS = 60_000;
const MAX_VALUE_PAUSE_MS = 600_000;
// The pause after a request with a value from here, as a multiple of the time that it took: all of them together get at most
// a fifth of the time of the account.
const PAUSE_PER_REQUEST = 4;

/**
 * Holds back values of paths on which the backend fails with 500 while it stores others. They are sent alone from time to
 * time, the oldest and the newest of a path in turns. As soon as one is stored, its path is free.
 */
export class Quarantine {
  readonly #paths = new Map<string, QuarantinedPath>();
  /** The value that is being sent. */
  #taken: WaitingValue | undefined;
  /** Until when no other is sent. */
  #notBefore = 0;

  /** Whether values of a path have to wait here. */
  holds(path: string): boolean {
    // It is asked for every value.
    return this.#paths.size > 0 && this.#paths.get(path)?.isClosed === true;
  }

  /** The number of values that wait here, or come from here and are being sent. */
  get values(): number {
    let count = this.#taken?.row === undefined ? 0 : 1;
    for (const { waiting, failed } of this.#paths.values()) {
      for (const value of waiting.items()) if (value.row !== undefined) count++;
      for (const { value } of failed) if (value.row !== undefined) count++;
    }
    return count;
  }

  /** Returns the paths that have been closed since before a time, in milliseconds. */
  closedPaths(before: number): string[] {
    return [...this.#paths].filter(([, { isClosed, closedAt }]) => isClosed && closedAt < before)
      .map(([name]) => name);
  }

  /** Adds a value of a path that is held. */
  add(value: WaitingValue): void {
    this.#paths.get(value.p)?.waiting.push(value);
  }

  /** Closes the path of a value that failed alone while others were stored. */
  isolate(value: WaitingValue, now: number): void {
    let path = this.#paths.get(value.p);
    if (path === undefined) {
      path = newPath(now);
      this.#paths.set(value.p, path);
    } else if (!path.isClosed) {
      path.isClosed = true;
      path.closedAt = now;
    }
    this.onFailed({ value, failedSince: now }, now);
  }

  /** When a value may be sent, in milliseconds; `Infinity` if none waits here. */
  nextTry(): number {
    let time = Infinity;
    for (const path of this.#paths.values()) time = Math.min(time, nextTryOf(path));
    return Math.max(this.#notBefore, time);
  }

  /** Takes out a value that may be sent now. It must come back to `onAnswered`, and then to one of the methods below that. */
  take(now: number): IsolatedValue | undefined {
    if (this.#notBefore > now) return undefined;
    for (const [name, path] of this.#paths) {
      if (nextTryOf(path) > now) continue;
      // Before its next turn, all others have theirs.
      this.#paths.delete(name);
      const taken = takeFrom(path, now);
      // Those that were waiting may all have been dropped; those that have failed may still wait.
      if (taken !== undefined || path.failed.length > 0) this.#paths.set(name, path);
      if (taken === undefined) continue;
      this.#taken = taken.value;
      return taken;
    }
    return undefined;
  }

  /** Called when the request with the value that was taken out has ended, however it ended. */
  onAnswered(now: number, tookMs: number): void {
    this.#taken = undefined;
    this.#notBefore = now + PAUSE_PER_REQUEST * tookMs;
  }

  /**
   * Called when a value that was taken out of here was stored.
   *
   * @returns The values that need not wait any more.
   */
  onStored({ value }: IsolatedValue): WaitingValue[] {
    const path = this.#paths.get(value.p);
    if (path === undefined) return [];
    // They may have failed only because the path did.
    if (path.isClosed) path.failed = path.failed.map((each) => ({ ...each, notBefore: 0 }));
    path.isClosed = false;
    if (path.failed.length === 0) this.#paths.delete(value.p);
    return path.waiting.clear();
  }

  /** Called when a value that was taken out of here failed. */
  onFailed({ value, failedSince }: IsolatedValue, now: number): void {
    const path = this.#paths.get(value.p) ?? newPath(now);
    this.#paths.set(value.p, path);
    const since = failedSince ?? now;
    const notBefore = now + pauseAfter(now - since, MAX_VALUE_PAUSE_MS);
    path.failed.push({ value, failedSince: since, notBefore });
    path.notBefore = now + pauseAfter(now - path.closedAt, MAX_PATH_PAUSE_MS);
  }

  /** Takes a value back that was not sent to the end, for reasons of the backend. */
  putBack(isolated: IsolatedValue): void {
    this.#paths.get(isolated.value.p)?.failed.push({ ...isolated, notBefore: 0 });
  }

  /** Lets everything be sent now. */
  retryNow(): void {
    for (const path of this.#paths.values()) {
      path.notBefore = 0;
      path.failed = path.failed.map((each) => ({ ...each, notBefore: 0 }));
    }
  }
}

function newPath(now: number): QuarantinedPath {
  return {
    isClosed: true,
    closedAt: now,
    notBefore: 0,
    waiting: new Deque(),
    failed: [],
    triesNewest: true,
  };
}

function pauseAfter(failingMs: number, maxMs: number): number {
  return Math.min(maxMs, Math.max(MIN_PAUSE_MS, failingMs * PAUSE_SHARE));
}

function nextTryOf({ isClosed, notBefore, waiting, failed }: QuarantinedPath): number {
  if (waiting.size > 0) return notBefore;
  const next = failed.reduce((time, each) => Math.min(time, each.notBefore), Infinity);
  return isClosed ? Math.max(notBefore, next) : next;
}

function takeFrom(path: QuarantinedPath, now: number): IsolatedValue | undefined {
  path.failed = path.failed.filter(({ value }) => value.row !== undefined);
  const takeFailed = (): IsolatedValue | undefined => {
    const index = path.failed.findIndex(({ notBefore }) => notBefore <= now);
    return index < 0 ? undefined : path.failed.splice(index, 1)[0];
  };
  const takeWaiting = (next: () => WaitingValue | undefined): IsolatedValue | undefined => {
    for (let value = next(); value !== undefined; value = next()) {
      if (value.row !== undefined) return { value, failedSince: undefined };
    }
    return undefined;
  };
  const takeNewest = () => takeWaiting(() => path.waiting.pop());
  const takeOldest = () => takeFailed() ?? takeWaiting(() => path.waiting.shift());
  path.triesNewest = !path.triesNewest;
  return path.triesNewest ? takeOldest() ?? takeNewest() : takeNewest() ?? takeOldest();
}
