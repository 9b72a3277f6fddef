/** Remembers how long the backend, or a web server in front of it, asked not to be sent requests (`Retry-After`). */
export class RetryPause {
  #until = -Infinity;

  /** How much of the pause is left, in milliseconds. */
  get leftMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Extends the pause as an answer asks for. */
  extend({ retryAfterMs }: { readonly retryAfterMs?: number } = {}): void {
    if (retryAfterMs === undefined) return;
    this.#until = Math.max(this.#until, performance.now() + retryAfterMs);
  }
}
