/** Why each device of each account is polled or not; see {@linkcode Collector.explain}. */
export interface Explanation {
  /** The id and the name of the bot in Grafolean, and its protocol there. */
  readonly bot: { readonly id: number; readonly name: string; readonly protocol: string | null };
  /** The protocols whose devices `jobs()` has fetched. */
  readonly protocols: readonly string[];
  /** The accounts that the bot can see. */
  readonly accounts: readonly ExplainedAccount[];
  /** The jobs for several devices or for none. */
  readonly sharedJobs: readonly ExplainedJob[];
  /** What else is wrong, one sentence each: jobs that are refused, and what the bot has reported. */
  readonly problems: readonly string[];
  /** A sentence for each of {@linkcode CollectorOptions.devices} that no device is called. */
  readonly unknownDevices: readonly string[];
}

/** An account in an {@linkcode Explanation}. */
export interface ExplainedAccount {
  /** The id of the account. */
  readonly id: number;
  /** The name of the account. */
  readonly name: string;
  /** Why it cannot be read; `undefined` if it can. */
  readonly failure?: string | undefined;
  /** The permissions that the bot lacks, such as `PUT on accounts/7/values`. */
  readonly missingPermissions: readonly string[];
  /** The devices, those that are not polled first. Interfaces and the like are left out, unless they were chosen. */
  readonly devices: readonly ExplainedDevice[];
}

/** A device in an {@linkcode Explanation}. */
export interface ExplainedDevice {
  /** The id; `undefined` if it cannot be read. */
  readonly id: number | undefined;
  /** The name; names need not be unique. */
  readonly name: string;
  /** The protocol that this is about. */
  readonly protocol: string;
  /** Why it is not polled, in a few words; `undefined` if it is polled. */
  readonly reason?: string | undefined;
  /** The reason in full. */
  readonly detail?: string | undefined;
  /** What else is wrong with it or worth knowing, one sentence each. */
  readonly notes: readonly string[];
  /** Its own jobs that run. */
  readonly jobs: readonly ExplainedJob[];
  /** The ids of the jobs that poll it together with other devices. */
  readonly sharedJobs: readonly string[];
}

/** A job in an {@linkcode Explanation}. */
export interface ExplainedJob {
  /** The id of the job. */
  readonly jobId: string;
  /** Its name, if it has one. */
  readonly name?: string | undefined;
  /** Its intervals, in seconds. */
  readonly intervals: readonly number[];
  /** Its next slots, in UNIX seconds, with their intervals. A bot that computes `startTs` from the time may have others. */
  readonly nextRuns: readonly { readonly at: number; readonly intervals: readonly number[] }[];
  /** For how many devices it is. */
  readonly devices: number;
}
