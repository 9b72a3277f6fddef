import type { DeviceSource } from "../discovery/device_source.ts";
import type { EntityInfo } from "../discovery/entity_info.ts";
import type { ScheduledJob } from "../jobs/stats.ts";
import type { ValidJob } from "../jobs/validate_job.ts";
import type { Observers } from "../util/observers.ts";
import type { Problem } from "../util/problem.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import type { CollectorObserver, DeviceState, Inspection, JobState } from "./inspection.ts";
import { devicesOfJob, WITHOUT_INTERVAL } from "./job_devices.ts";
import { redactProblem } from "./redact_problem.ts";
import type { CollectorSession } from "./session.ts";

interface Inspected {
  /** The observers of the collector. */
  readonly observers: Observers<CollectorObserver>;
  /** The devices. */
  readonly devices: DeviceSource;
  /** The problems. */
  readonly problems: ProblemLog;
  /** Returns the current session, or the last one. */
  readonly session: () => CollectorSession | undefined;
  /** Redacts the bot token in a text. */
  readonly redact: (text: string) => string;
}

/** Looks into a collector. */
export class CollectorInspection implements Inspection {
  readonly #inspected: Inspected;
  /** The devices of each job, which take 20 times as long to find as to list. */
  #entityIds = new WeakMap<ValidJob, readonly number[]>();
  /** The ids of all devices, by which they were found. */
  #known: ReadonlySet<number> = new Set();
  /** The refresh after which these ids were listed. */
  #refresh: unknown;

  /** Constructs a new instance. */
  constructor(inspected: Inspected) {
    this.#inspected = inspected;
  }

  observe(observer: CollectorObserver): () => void {
    const { observers, redact } = this.#inspected;
    return observers.add({
      onStart: (jobId) => observer.onStart?.(jobId),
      onRun: (run) => {
        const { error } = run;
        observer.onRun?.(error === undefined ? run : { ...run, error: redact(error) });
      },
      onValues: (jobId, accountId, points) => observer.onValues?.(jobId, accountId, points),
      onRequest: (request) => observer.onRequest?.(request),
      onRefresh: (refresh) => observer.onRefresh?.(refresh),
    });
  }

  *jobs(): Generator<JobState> {
    const session = this.#inspected.session();
    if (session === undefined) return;
    this.#updateKnown(session);
    for (const scheduled of session.jobs()) yield this.#jobState(scheduled);
  }

  *devices(): Generator<DeviceState> {
    const { devices } = this.#inspected;
    let polled: ReadonlySet<number> | undefined;
    for (const { id, name, protocol, decisions } of devices.surveys) {
      const account = { id, name };
      for (const decision of decisions) {
        if (!devices.isSelected(decision)) continue;
        const { id, name, info, leftOut } = decision;
        // A bot with intervals of its own has a job for it all the same.
        const isIdle = info !== undefined && hasNoInterval(info) &&
          !(polled ??= this.#polled()).has(info.entityId);
        yield isIdle
          ? { id, name, account, protocol, info: undefined, leftOut: WITHOUT_INTERVAL }
          : { id, name, account, protocol, info, leftOut };
      }
    }
  }

  *problems(): Generator<Problem> {
    const { problems, redact } = this.#inspected;
    for (const problem of problems.open()) yield redactProblem(problem, redact);
  }

  /** The ids of the devices that some job is for. */
  #polled(): Set<number> {
    return new Set(Array.from(this.jobs(), ({ entityIds }) => entityIds).flat());
  }

  #jobState({ job, nextRun, state }: ScheduledJob): JobState {
    const { jobId, name, intervals } = job;
    let entityIds = this.#entityIds.get(job);
    if (entityIds === undefined) {
      entityIds = [...devicesOfJob(job, this.#known)];
      this.#entityIds.set(job, entityIds);
    }
    return { jobId, name, intervals, nextRun, state, entityIds };
  }

  /** Lists the ids of all devices after a refresh. A job that stayed the same may be for others only if these changed. */
  #updateKnown(session: CollectorSession): void {
    const { refresh } = session;
    if (this.#refresh === refresh) return;
    this.#refresh = refresh;
    const known = new Set<number>();
    for (const { decisions } of this.#inspected.devices.surveys) {
      for (const { info } of decisions) if (info !== undefined) known.add(info.entityId);
    }
    if (known.size === this.#known.size && [...known].every((id) => this.#known.has(id))) return;
    this.#known = known;
    this.#entityIds = new WeakMap();
  }
}

function hasNoInterval({ sensors }: EntityInfo): boolean {
  return sensors.every(({ interval }) => interval === null);
}
