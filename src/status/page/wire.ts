import type { CollectorStats } from "../../collector/stats.ts";

/** What the stream of the status page carries, by the name of the event. All times are UNIX seconds. */
export interface PageEvents {
  /** The first event of a connection. */
  readonly bot: BotEvent;
  /** Rows and jobs that are new or have changed; in chunks at first, then once a second at most. */
  readonly rows: RowsEvent;
  /** The keys of all rows have been sent: those that were not are gone. */
  readonly complete: Record<never, never>;
  /** Once a second. */
  readonly status: StatusEvent;
  /** The open problems, when they have changed. */
  readonly problems: ProblemsEvent;
}

/** Which bot this is, and the last 10 minutes. */
export interface BotEvent {
  /** Its name. */
  readonly name: string;
  /** Its version, if it has one. */
  readonly version?: string | undefined;
  /** The version of `@grafolean/collector`. */
  readonly library: string;
  /** The runtime and its version. */
  readonly runtime: string;
  /** When it was started. */
  readonly startedAt: number;
  /** One sample for each second, the oldest first. */
  readonly history: readonly Sample[];
}

/** A second: its end, the values that Grafolean stored in it, and those that were waiting. */
export type Sample = readonly [at: number, sent: number, waiting: number];

/** What is shown of the whole bot. */
export interface StatusEvent {
  /** The time on the machine of the bot. */
  readonly now: number;
  /** Whether it is healthy. */
  readonly ok: boolean;
  /** Its health in one line. */
  readonly line: string;
  /** Since when it is as healthy as it is. */
  readonly since: number;
  /** Whether it waits for its token or for Grafolean, or collects. */
  readonly state: "waiting" | "collecting";
  /** When Grafolean answered last, if it has. */
  readonly reachedAt?: number | undefined;
  /** When the jobs were refreshed last with success, if they were. */
  readonly refreshedAt?: number | undefined;
  /** What became of the values. */
  readonly values: CollectorStats["values"];
  /** The answers of Grafolean in the last 10 minutes: the status, or `none`, and how many. */
  readonly answers: readonly (readonly [status: string, count: number])[];
  /** The last second. */
  readonly sample: Sample;
}

/** The open problems. */
export interface ProblemsEvent {
  /** The worst first, at most 100. */
  readonly problems: readonly ProblemLine[];
  /** How many there are. */
  readonly count: number;
}

/** An open problem. */
export interface ProblemLine {
  /** The level at which it is logged. */
  readonly level: "info" | "warn" | "error";
  /** The id of the job that it belongs to; absent if it concerns the whole bot or an account. */
  readonly job?: string | undefined;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** When it began. */
  readonly since: number;
  /** How often it has happened. */
  readonly times: number;
}

/** Changes of the table. */
export interface RowsEvent {
  /** New and changed rows. */
  readonly rows: readonly Row[];
  /** New and changed jobs. */
  readonly jobs: readonly JobLine[];
  /** The keys of the rows that are gone. */
  readonly removed: readonly string[];
}

/** A row of the table: a device and its job, a job for no device, or a device that is not polled. */
export interface Row {
  /** Identifies the row. */
  readonly key: string;
  /** The id of the job; absent if the device is not polled. */
  readonly job?: string | undefined;
  /** The id of the device. */
  readonly device?: number | undefined;
  /** The name of the device, or of the job. */
  readonly name: string;
  /** The name of the job, where the device has several. */
  readonly label?: string | undefined;
  /** The name of the account. */
  readonly account?: string | undefined;
  /** The intervals of the job, in seconds. */
  readonly intervals?: readonly number[] | undefined;
  /** Why the device is not polled, in a few words. */
  readonly reason?: string | undefined;
  /** The same in a sentence. */
  readonly detail?: string | undefined;
}

/**
 * What a job does: its last run failed, it has an open problem, it waits for its turn, it has not run yet, it runs, or all
 * is well.
 */
export type JobLineState = "failing" | "problem" | "late" | "first" | "running" | "ok";

/** What is shown of a job. */
export interface JobLine {
  /** The id. */
  readonly job: string;
  /** The state. */
  readonly state: JobLineState;
  /** When it runs next. */
  readonly next?: number | undefined;
  /** When the last run started. */
  readonly last?: number | undefined;
  /** How long that took, in seconds. */
  readonly seconds?: number | undefined;
  /** Why it failed, or what problem it has; cut where it is long. */
  readonly error?: string | undefined;
  /** Since when every run has failed, or it has the problem. */
  readonly failingSince?: number | undefined;
  /** The latest values, at most 3. */
  readonly values: readonly ValueLine[];
}

/** A value. */
export type ValueLine = readonly [path: string, value: number | string, at: number];

/** What the panel of a job shows besides its row. */
export interface JobDetails {
  /** The whole error. */
  readonly error?: string | undefined;
  /** The latest value of each path, sorted by path. */
  readonly values: readonly ValueLine[];
}
