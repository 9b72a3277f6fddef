import { clearImmediate, setImmediate } from "node:timers";

// What was delivered may stay in the file for so long, so that it is deleted together with what comes meanwhile.
const DELETE_AFTER_MS = 50;

/** Decides when changes are written to the file of the outbox: each commit syncs the disk, so there should be few. */
export class CommitSchedule {
  readonly #commit: () => void;
  #soon: ReturnType<typeof setImmediate> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  /** Who waits until new values are in the file. */
  #waiting: (() => void)[] = [];

  /** Constructs a new instance that writes what has changed by calling `commit`. */
  constructor(commit: () => void) {
    this.#commit = commit;
  }

  /** Commits new values: at the end of this turn of the event loop, once for all jobs. Resolves after that. */
  soon(): Promise<void> {
    this.#soon ??= setImmediate(() => this.now());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Commits what was delivered, in a moment. */
  later(): void {
    this.#later ??= setTimeout(() => this.now(), DELETE_AFTER_MS);
  }

  /** Commits everything. */
  now(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#soon = this.#later = undefined;
    this.#commit();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
