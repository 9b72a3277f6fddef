import { Stage } from "./stage.ts";

const STREAM = { jobs: 5, perRun: 2, periodMs: 500, forMs: 1000 };

/** What a {@linkcode Control} has measured. */
interface Measured {
  /** How late the latest value was stored, in seconds. */
  readonly worst: number;
  /** How long a request took in the mean, in milliseconds. */
  readonly requestMs: number;
}

/**
 * A stream of values without a fault, beside those of a test. Where a test limits how late values may be, the limit grows
 * with what is measured here, so that a busy machine is not taken for a fault.
 */
export class Control {
  readonly #stage: Promise<Stage>;
  readonly #streaming: Promise<void>;
  #hasEnded = false;
  #requests = 0;
  #tookMs = 0;

  /**
   * Starts the stream.
   *
   * @param latencyMs How long every answer takes, in milliseconds.
   */
  constructor(latencyMs = 0) {
    this.#stage = Stage.open({ latencyMs, collector: { fetch: this.#fetch } });
    this.#streaming = this.#stream();
  }

  /** Ends the stream, and returns what was measured. */
  async end(): Promise<Measured> {
    this.#hasEnded = true;
    await using stage = await this.#stage;
    await this.#streaming;
    await stage.missing();
    return { worst: stage.lateness().worst, requestMs: this.#tookMs / this.#requests };
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const start = performance.now();
    const response = await fetch(input, init);
    this.#requests++;
    this.#tookMs += performance.now() - start;
    return response;
  };

  async #stream(): Promise<void> {
    const stage = await this.#stage;
    while (!this.#hasEnded) await stage.stream(STREAM);
  }
}
