import type { CollectorStats } from "../../collector/stats.ts";
import type { EndedRequest } from "../../collector/inspection.ts";
import type { Sample, StatusEvent } from "./wire.ts";

const LENGTH_S = 600;
const BUCKET_S = 60;

/** The last 10 minutes of the traffic with Grafolean: values by the second, and what it answered. */
export class Traffic {
  readonly #samples: Sample[] = [];
  #sent = 0;
  /** The answers by status, by the minute; the oldest first. */
  readonly #buckets: { readonly start: number; readonly counts: Map<string, number> }[] = [];
  #reachedAt: number | undefined;

  /** When Grafolean answered last, in UNIX seconds. */
  get reachedAt(): number | undefined {
    return this.#reachedAt;
  }

  /** The samples, the oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Returns the answers by status, the most frequent first. */
  answers(now: number): StatusEvent["answers"] {
    while (this.#buckets.length > 0 && now - this.#buckets[0]!.start > LENGTH_S) {
      this.#buckets.shift();
    }
    const total = new Map<string, number>();
    for (const { counts } of this.#buckets) {
      for (const [status, count] of counts) total.set(status, (total.get(status) ?? 0) + count);
    }
    return [...total].sort(([, a], [, b]) => b - a);
  }

  /** Counts a request. */
  onRequest({ status }: EndedRequest): void {
    const now = Date.now() / 1000;
    if (status !== undefined) this.#reachedAt = now;
    let bucket = this.#buckets.at(-1);
    if (bucket === undefined || Math.abs(now - bucket.start) >= BUCKET_S) {
      this.#buckets.push(bucket = { start: now, counts: new Map() });
      if (this.#buckets.length > LENGTH_S / BUCKET_S) this.#buckets.shift();
    }
    const key = status === undefined ? "none" : String(status);
    bucket.counts.set(key, (bucket.counts.get(key) ?? 0) + 1);
  }

  /** Takes the sample of a second. */
  sample({ sent, waiting }: CollectorStats["values"], now: number): Sample {
    // The counts start again with the collector.
    const sample: Sample = [Math.round(now), Math.max(0, sent - this.#sent), waiting];
    this.#sent = sent;
    this.#samples.push(sample);
    if (this.#samples.length > LENGTH_S) this.#samples.shift();
    return sample;
  }
}
