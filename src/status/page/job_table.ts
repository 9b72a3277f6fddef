import type { EndedRun, Inspection } from "../../collector/inspection.ts";
import { inTurns } from "../../util/turns.ts";
import type { Point } from "../../values/values.ts";

/** What has happened to a job lately. */
export interface JobHistory {
  /** Its last run, if one has ended. */
  readonly lastRun: Pick<EndedRun, "outcome" | "startedAt" | "seconds" | "error"> | undefined;
  /** When the first of the runs started that have failed in a row until now, in UNIX seconds. */
  readonly failingSince: number | undefined;
  /** The latest values by path. */
  readonly values: ReadonlyMap<string, LatestValue>;
  /** Changes with everything that happens. */
  readonly version: number;
}

/** The latest value at a path. */
export interface LatestValue {
  /** The value. */
  readonly value: number | string;
  /** Its time, in UNIX seconds. */
  readonly at: number;
}

type MutableHistory = { -readonly [Key in keyof JobHistory]: JobHistory[Key] } & {
  readonly values: Map<string, LatestValue>;
};

// About 30 MB at worst, whatever jobs send.
const MAX_VALUES = 200_000;
const MAX_VALUES_PER_JOB = 200;
const MIN_VALUES_PER_JOB = 10;
const MAX_ERROR_LENGTH = 1000;
// A value may be a text of a thousand digits.
const MAX_VALUE_LENGTH = 40;

/** Keeps what the jobs of a collector have done lately, in bounded memory. */
export class JobTable implements Disposable {
  readonly #inspection: Inspection;
  readonly #jobs = new Map<string, MutableHistory>();
  readonly #stop: () => void;
  #isSweeping = false;

  /** Constructs a new instance, which observes the collector until it is disposed of. */
  constructor(inspection: Inspection) {
    this.#inspection = inspection;
    this.#stop = inspection.observe({
      onRun: (run) => this.#onRun(run),
      onValues: (jobId, _accountId, points) => this.#onValues(jobId, points),
      onRefresh: () => void this.#sweep(),
    });
  }

  /** Returns what has happened to a job; `undefined` if nothing has. */
  get(jobId: string): JobHistory | undefined {
    return this.#jobs.get(jobId);
  }

  /** Stops observing. */
  [Symbol.dispose](): void {
    this.#stop();
    this.#jobs.clear();
  }

  #historyOf(jobId: string): MutableHistory {
    let history = this.#jobs.get(jobId);
    if (history === undefined) {
      history = { lastRun: undefined, failingSince: undefined, values: new Map(), version: 0 };
      this.#jobs.set(jobId, history);
    }
    history.version++;
    return history;
  }

  #onRun({ jobId, outcome, startedAt, seconds, error }: EndedRun): void {
    const history = this.#historyOf(jobId);
    history.lastRun = { outcome, startedAt, seconds, error: error?.slice(0, MAX_ERROR_LENGTH) };
    // A run that was cancelled says nothing about the device.
    if (outcome === "ok") history.failingSince = undefined;
    else if (outcome !== "cancelled") history.failingSince ??= startedAt;
  }

  #onValues(jobId: string, points: readonly Point[]): void {
    const { values } = this.#historyOf(jobId);
    const limit = Math.min(
      MAX_VALUES_PER_JOB,
      Math.max(MIN_VALUES_PER_JOB, Math.floor(MAX_VALUES / this.#jobs.size)),
    );
    const now = Date.now() / 1000;
    for (let index = Math.max(0, points.length - limit); index < points.length; index++) {
      const { p, v, t = now } = points[index]!;
      const value = typeof v === "string" ? v.slice(0, MAX_VALUE_LENGTH) : v;
      values.set(p, { value, at: t });
    }
    for (const path of values.keys()) {
      if (values.size <= limit) break;
      values.delete(path);
    }
  }

  /** Forgets the jobs that are gone. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const known = new Set<string>();
    await inTurns(this.#inspection.jobs(), ({ jobId }) => known.add(jobId));
    await inTurns(this.#jobs.keys(), (jobId) => {
      if (!known.has(jobId)) this.#jobs.delete(jobId);
    });
    this.#isSweeping = false;
  }
}
