import type { Method } from "./values_request.ts";

// How long a method is not tried; less in the beginning, while somebody may be setting up the bot.
const PAUSE_MS = 60_000;
const FIRST_PAUSE_MS = 5000;
const SETUP_MS = 120_000;

/** Remembers which methods the bot may not use for an account. All times are in milliseconds. */
export class ForbiddenMethods {
  readonly #methods = new Map<Method, { readonly since: number; readonly until: number }>();

  /** Whether a method was forbidden when it was used last. */
  has(method: Method): boolean {
    return this.#methods.has(method);
  }

  /** When a method may be tried. */
  until(method: Method): number {
    return this.#methods.get(method)?.until ?? 0;
  }

  /** Called when Grafolean has forbidden a method. */
  add(method: Method, now: number): void {
    const since = this.#methods.get(method)?.since ?? now;
    const pause = now - since < SETUP_MS ? FIRST_PAUSE_MS : PAUSE_MS;
    this.#methods.set(method, { since, until: now + pause });
  }

  /** Called when a method was used with success. */
  delete(method: Method): void {
    this.#methods.delete(method);
  }

  /** Lets all methods be tried now. */
  retryNow(): void {
    for (const [method, { since }] of this.#methods) this.#methods.set(method, { since, until: 0 });
  }
}
