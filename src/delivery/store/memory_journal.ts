import type { Journal } from "./journal.ts";
import type { WaitingValues } from "./waiting_values.ts";

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
