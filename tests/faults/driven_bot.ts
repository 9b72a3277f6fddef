import { Collector, type CollectorOptions, type PerformJob, type Values } from "../../mod.ts";

/** How long a bot may take to stop, in seconds. What waits then is of no interest. */
const SHUTDOWN_TIMEOUT = 0.5;

/** A bot with a single job, which sends what a test tells it to. */
export class DrivenBot extends Collector {
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #startTs = Date.now() / 1000;
  #send: (accountId: number, values: Values) => Promise<void> = () =>
    Promise.reject(new Error("The bot has not been started"));
  #running: Promise<void> | undefined;

  constructor(url: string, token: string, options: CollectorOptions = {}) {
    super(url, token, 3600, { shutdownTimeout: SHUTDOWN_TIMEOUT, ...options });
  }

  readonly #perform: PerformJob = async (_affectingIntervals, _jobParams, { sendResults }) => {
    this.#send = sendResults;
    this.#ready.resolve();
    await this.#done.promise;
  };

  override *jobs() {
    yield {
      jobId: "driven",
      intervals: [1],
      startTs: this.#startTs,
      timeout: 24 * 3600,
      performJob: this.#perform,
      jobParams: undefined,
    };
  }

  /** Starts the bot. Resolves when it can send. */
  async start(): Promise<void> {
    this.#running = this.execute({ signal: this.#stop.signal });
    await Promise.race([this.#ready.promise, this.#running]);
  }

  /** Sends values as a job does. */
  send(accountId: number, values: Values): Promise<void> {
    return this.#send(accountId, values);
  }

  /** Stops the bot. */
  async stop(): Promise<void> {
    this.#done.resolve();
    this.#stop.abort();
    await this.#running;
  }
}
