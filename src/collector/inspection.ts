import type { EntityInfo } from "../discovery/entity_info.ts";
import type { LeftOut } from "../discovery/resolve_entity.ts";
import type { Problem } from "../util/problem.ts";
import type { Point } from "../values/values.ts";

/** The inside of a collector, for those who show its status. */
export interface Inspection {
  /**
   * Calls the observer until the returned function is called, over the starts and stops of the collector. Costs nothing
   * while nobody observes.
   */
  observe(observer: CollectorObserver): () => void;
  /** The jobs that are scheduled now. */
  jobs(): Iterable<JobState>;
  /** The devices that the last refresh has found, polled or not, without those that nobody expects to be polled. */
  devices(): Iterable<DeviceState>;
  /** All problems that have not ended, with the bot token redacted. */
  problems(): readonly Problem[];
}

/** What a collector reports as it happens. Errors that the functions throw are ignored. */
export interface CollectorObserver {
  /** A run has started. */
  readonly onStart?: (jobId: string) => void;
  /** A run has ended. */
  readonly onRun?: (run: EndedRun) => void;
  /** A job has sent values; those that cannot be sent are left out. */
  readonly onValues?: (jobId: string, accountId: number, points: readonly Point[]) => void;
  /** A request to Grafolean has ended. */
  readonly onRequest?: (request: EndedRequest) => void;
  /** The jobs were refreshed, or could not be. */
  readonly onRefresh?: (refresh: EndedRefresh) => void;
}

/** A run that has ended. */
export interface EndedRun {
  /** The id of the job. */
  readonly jobId: string;
  /** How it ended. */
  readonly outcome: "ok" | "failed" | "timedOut" | "cancelled";
  /** When it started, in UNIX seconds. */
  readonly startedAt: number;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** How much later than its slot it started, in seconds; `undefined` for a run without a slot. */
  readonly lateness: number | undefined;
  /** Why it failed, with the bot token redacted. */
  readonly error: string | undefined;
}

/** A request to Grafolean that has ended. */
export interface EndedRequest {
  /** What it was for: a resource that was read or written, values, or whether Grafolean is up. */
  readonly kind:
    | "profile"
    | "accounts"
    | "entities"
    | "credentials"
    | "sensors"
    | "values"
    | "status"
    | "other";
  /** The method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The status of the answer; `undefined` without an answer. */
  readonly status: number | undefined;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** A refresh of the jobs that has ended. */
export interface EndedRefresh {
  /** Whether it succeeded. */
  readonly ok: boolean;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** A scheduled job. */
export interface JobState {
  /** The id. */
  readonly jobId: string;
  /** The name, if it has one. */
  readonly name: string | undefined;
  /** Its intervals, in seconds. */
  readonly intervals: readonly number[];
  /** When it is due next, in UNIX seconds; `undefined` while the jobs do not run at their slots. */
  readonly nextRun: number | undefined;
  /** Whether it runs, or is due and waits for its turn. */
  readonly state: "idle" | "running" | "waiting";
  /** The devices that it is for. */
  readonly entityIds: readonly number[];
}

/** A device that the last refresh has found. */
export interface DeviceState {
  /** The id; `undefined` if it cannot be read. */
  readonly id: number | undefined;
  /** The name. */
  readonly name: string;
  /** Its account. */
  readonly account: { readonly id: number; readonly name: string };
  /** The protocol that this is about. */
  readonly protocol: string;
  /** What is polled; `undefined` if it is not. */
  readonly info: EntityInfo | undefined;
  /** Why it is not polled. */
  readonly leftOut: Pick<LeftOut, "reason" | "detail"> | undefined;
}
