import type { WaitingValues } from "./waiting_values.ts";

/**
 * Keeps a copy of the {@linkcode WaitingValues} that it was opened with, so that they survive the end of the process.
 *
 * No method throws: whatever happens to the file is reported as a problem, and made good as soon as possible.
 */
export interface Journal extends Disposable {
  /** Where the values wait, for people: `memory`, or the name of the file in quotes. */
  readonly place: string;
  /** Whether everything that waited at the last commit would survive the end of the process, in whatever way it ends. */
  readonly durable: boolean;
  /** The size of the file, in bytes, free pages left out; 0 in memory. */
  readonly fileBytes: number;
  /** Writes what has changed since the last commit. */
  commit(): void;
}

/** A journal that keeps nothing: what waits is gone with the process. */
export class MemoryJournal implements Journal {
  readonly place: string = "memory";
  readonly durable: boolean = false;
  readonly fileBytes: number = 0;
  readonly #waiting: WaitingValues;

  /** Constructs a new instance for values that are kept elsewhere. */
  constructor(waiting: WaitingValues) {
    this.#waiting = waiting;
  }

  commit(): void {
    this.#waiting.takeChanged();
  }

  [Symbol.dispose](): void {}
}
