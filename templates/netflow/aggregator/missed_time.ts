/** A span of time, in milliseconds since 1970. */
type Span = readonly [from: number, until: number];

// Of a bot that restarts again and again.
const MAX_SPANS = 100;

const DAY_MS = 86_400_000;

/** When the bot was not listening, as far as it matters for a window of a day. */
export class MissedTime {
  #spans: Span[] = [];

  /** Adds a span. */
  add(from: number, until: number): void {
    if (until <= from) return;
    this.#spans = this.#spans.filter(([, end]) => end > from - DAY_MS);
    const last = this.#spans.at(-1);
    if (last !== undefined && from <= last[1]) {
      this.#spans.splice(-1, 1, [Math.min(last[0], from), Math.max(last[1], until)]);
      return;
    }
    this.#spans.push([from, until]);
    if (this.#spans.length > MAX_SPANS) {
      this.#spans.splice(0, 2, [this.#spans[0]![0], this.#spans[1]![1]]);
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
