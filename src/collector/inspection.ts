import type { ValuesObserver } from "../delivery/values_observer.ts";
import type { EntityInfo } from "../discovery/entity_info.ts";
import type { LeftOut } from "../discovery/resolve_entity.ts";
import type { RequestObserver } from "../grafolean/request_observer.ts";
import type { RunObserver } from "../jobs/run_observer.ts";
import type { ScheduledJob } from "../jobs/stats.ts";
import type { Problem } from "../util/problem.ts";

export type { EndedRequest } from "../grafolean/request_observer.ts";
export type { EndedRun } from "../jobs/run_observer.ts";

/** The inside of a collector, for those who show its status. */
export interface Inspection {
  /**
   * Calls the observer until the returned function is called, over the starts and stops of the collector. Costs nothing
   * while nobody observes.
   */
  observe(observer: CollectorObserver): () => void;
  /** The scheduled jobs; once the collector has stopped, those it had. May be listed bit by bit, while they change. */
  jobs(): Iterable<JobState>;
  /** The devices that the last refresh has found, polled or not, without those that nobody expects to be polled. */
  devices(): Iterable<DeviceState>;
  /** All problems that have not ended, with the bot token redacted. */
  problems(): Iterable<Problem>;
}

/** What a collector reports as it happens. Errors that the functions throw are ignored. */
export interface CollectorObserver extends RunObserver, ValuesObserver, RequestObserver {
  /** The jobs were refreshed, or could not be. */
  readonly onRefresh?: (refresh: EndedRefresh) => void;
}

/** A refresh of the jobs that has ended. */
export interface EndedRefresh {
  /** Whether it succeeded; `false` too if its devices come from the devices file. */
  readonly ok: boolean;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** A scheduled job. */
export interface JobState extends Pick<ScheduledJob, "nextRun" | "state"> {
  /** The id. */
  readonly jobId: string;
  /** The name, if it has one. */
  readonly name: string | undefined;
  /** Its intervals, in seconds, ascending. */
  readonly intervals: readonly number[];
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
  /** What is polled; `undefined` if it is left out. */
  readonly info: EntityInfo | undefined;
  /** Why it is not polled; `undefined` if it is, or would be if the bot had a job for it. */
  readonly leftOut:
    | { readonly reason: LeftOut["reason"] | "without interval"; readonly detail: string }
    | undefined;
}
