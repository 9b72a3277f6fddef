import { Collector } from "../../src/collector/collector.ts";
import type { CollectorOptions } from "../../src/collector/options.ts";
import type { Job } from "../../src/jobs/job.ts";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import type { LogLevel, LogRecord } from "../../src/util/log.ts";
import type { RaiseOptions } from "../../src/util/problem.ts";

/** When virtual time starts, in UNIX seconds. */
export const START = 1_800_000_000;

/** The protocol of the devices. */
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
    credential,
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

/** Options for {@linkcode TestBot}. */
export interface TestBotOptions {
  /** The `jobs()` of the bot. */
  readonly jobs: (bot: TestBot) => unknown;
  readonly backendUrl?: string;
  readonly token?: string;
  readonly refresh?: number;
  readonly options?: CollectorOptions;
}

/** A bot whose `jobs()` is an option. */
export class TestBot extends Collector {
  readonly records: LogRecord[] = [];
  readonly #jobs: TestBotOptions["jobs"];

  constructor({ jobs, backendUrl, token = "no-token", refresh = 120, options }: TestBotOptions) {
    super(backendUrl ?? "http://sandbox/api", token, refresh, {
      logSink: (record) => this.records.push(record),
      ...options,
    });
    this.#jobs = jobs;
  }

  override jobs(): Iterable<Job> {
    // Bots in JavaScript may return anything.
    return this.#jobs(this) as Iterable<Job>;
  }

  /** Reports a problem of the bot. */
  raise(key: string, message: string, options?: RaiseOptions): void {
    this.problems.raise(key, message, options);
  }

  /** Reports that a problem of the bot has ended. */
  clear(key: string): void {
    this.problems.clear(key);
  }

  /** What was logged at the levels, prefixed with the job id. */
  logged(...levels: readonly LogLevel[]): string[] {
    return this.records.filter(({ level }) => levels.includes(level)).map(({ jobId, message }) =>
      jobId === undefined ? message : `[${jobId}] ${message}`
    );
  }
}

/** A job that does nothing, unless `fields` say otherwise. */
export function job(jobId: string, fields: Partial<Job> = {}): Job {
  return { jobId, intervals: [60], jobParams: undefined, performJob: () => {}, ...fields };
}

/** A job that sends one value, first 5 seconds after {@linkcode START}. */
export function sending(jobId: string, accountId: number, fields: Partial<Job> = {}): Job {
  return job(jobId, {
    intervals: [10],
    startTs: START + 5,
    performJob: (_affecting, _params, context) => context.sendResults(accountId, { [jobId]: 1 }),
    ...fields,
  });
}
