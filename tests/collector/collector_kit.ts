import { Collector } from "../../src/collector/collector.ts";
import type { CollectorOptions } from "../../src/collector/options.ts";
import type { Job } from "../../src/jobs/job.ts";
import type { LogLevel, LogRecord } from "../../src/util/log.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";

/** The protocol of all devices here. */
export const PROTOCOL = "demo";

/** A Grafolean in memory with one account and a bot. */
export function grafolean(options: SandboxOptions = {}) {
  const sandbox = new Sandbox(options);
  const account = sandbox.addAccount({ name: "Home" });
  const bot = sandbox.addBot({ protocol: PROTOCOL, account });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL });
  return {
    sandbox,
    account,
    bot,
    /** Adds a device with a sensor for each interval. */
    addDevice: (intervals: readonly number[] = [60], name = "device") =>
      sandbox.addEntity(account, {
        name,
        protocols: {
          [PROTOCOL]: {
            credential,
            bot,
            sensors: intervals.map((defaultInterval) =>
              sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval })
            ),
          },
        },
      }),
  };
}

/** What a test wants of a collector. */
export interface Wanted {
  /** Stands for `jobs()` of the bot. */
  readonly jobs: (bot: TestBot) => unknown;
  readonly backendUrl?: string;
  readonly token?: string;
  readonly refresh?: number;
  readonly options?: CollectorOptions;
}

/** A bot whose `jobs()` is the test's. */
export class TestBot extends Collector {
  readonly records: LogRecord[] = [];
  readonly #jobs: Wanted["jobs"];

  constructor({ jobs, backendUrl, token = "no-token", refresh = 120, options }: Wanted) {
    super(backendUrl ?? "http://sandbox/api", token, refresh, {
      logSink: (record) => this.records.push(record),
      ...options,
    });
    this.#jobs = jobs;
  }

  override jobs(): Iterable<Job> {
    // The types of the language do not hold back bots that are written without them.
    return this.#jobs(this) as Iterable<Job>;
  }

  /** What was said at a level, with the job it was about in front. */
  said(...levels: readonly LogLevel[]): string[] {
    return this.records.filter(({ level }) => levels.includes(level)).map(({ jobId, message }) =>
      jobId === undefined ? message : `[${jobId}] ${message}`
    );
  }
}

/** A job that does nothing, with other fields where they are given. */
export function job(jobId: string, fields: Partial<Job> = {}): Job {
  return { jobId, intervals: [60], jobParams: undefined, performJob: () => {}, ...fields };
}
