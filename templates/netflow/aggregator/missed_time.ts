/** A span of time, in milliseconds since 1970. */
type Span = readonly [from: number, until: number];

// Of a bot that restarts again and again.
const MAX_SPANS = 100;

/** When the bot was not listening, in spans that follow one another. */
export class MissedTime {
  readonly #spans: Span[] = [];

  /** Adds a span. */
  add(from: number, until: number): void {
    if (until > from) this.#spans.push([from, until]);
    if (this.#spans.length > MAX_SPANS) {
      const [[first], [, second]] = this.#spans as [Span, Span];
      this.#spans.splice(0, 2, [first, second]);
    }
  }

  /** Returns how much was missed in a span, in milliseconds. */
  within(from: number, until: number): number {
    return this.#spans.reduce(
      (sum, span) => sum + Math.max(0, Math.min(until, span[1]) - Math.max(from, span[0])),
      0,
    );
  }

  /** Returns the spans. */
  toJSON(): readonly Span[] {
    return this.#spans;
  }
}
