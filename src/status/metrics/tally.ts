import { inspectCollector } from "../../collector/collector.ts";
import type { EndedRequest, EndedRun } from "../../collector/inspection.ts";
import type { RunningBot } from "../../bot/status_port.ts";
import { Histogram } from "./histogram.ts";

/** Counts what happens in a bot. */
export class Tally implements Disposable {
  /** The runs that ended, by outcome. */
  readonly runs: Record<EndedRun["outcome"], number> = {
    ok: 0,
    failed: 0,
    timedOut: 0,
    cancelled: 0,
  };
  /** How long they took, in seconds. */
  readonly runSeconds: Histogram = new Histogram(
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300],
  );
  /** How late they started, in seconds. */
  readonly latenessSeconds: Histogram = new Histogram(
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  );
  /** The refreshes that ended, by outcome. */
  readonly refreshes: Record<"ok" | "failed", number> = { ok: 0, failed: 0 };
  /** How long they took, in seconds. */
  readonly refreshSeconds: Histogram = new Histogram(
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  );
  /** When the last refresh succeeded, in UNIX seconds; `undefined` before. */
  refreshedAt: number | undefined;
  /** How long the requests took, in seconds, by kind. */
  readonly requestSeconds: Histogram = new Histogram(
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    [],
  );
  readonly #requests = new Map<string, { readonly request: EndedRequest; count: number }>();
  #stop: (() => void) | undefined;

  /** Constructs a new instance, which begins to count. */
  constructor(bot: RunningBot) {
    bot.onCollector((collector) => {
      const { ok, at } = collector.stats().refresh;
      if (ok === true && at !== null) this.refreshedAt = at;
      this.#stop = inspectCollector(collector).observe({
        onRun: (run) => this.#onRun(run),
        onRequest: (request) => this.#onRequest(request),
        onRefresh: ({ ok, seconds }) => {
          this.refreshes[ok ? "ok" : "failed"]++;
          this.refreshSeconds.observe(seconds);
          if (ok) this.refreshedAt = Date.now() / 1000;
        },
      });
    });
  }

  /** The requests that ended, one of each kind, method and status, with their number. */
  get requests(): Iterable<{ readonly request: EndedRequest; readonly count: number }> {
    return this.#requests.values();
  }

  /** Ends counting. */
  [Symbol.dispose](): void {
    this.#stop?.();
  }

  #onRun({ outcome, seconds, lateness }: EndedRun): void {
    this.runs[outcome]++;
    this.runSeconds.observe(seconds);
    if (lateness !== undefined) this.latenessSeconds.observe(lateness);
  }

  #onRequest(request: EndedRequest): void {
    const { kind, method, status, seconds } = request;
    this.requestSeconds.observe(seconds, kind);
    const key = `${kind} ${method} ${status}`;
    const known = this.#requests.get(key);
    if (known === undefined) this.#requests.set(key, { request, count: 1 });
    else known.count++;
  }
}
