import process from "node:process";
import type { RunningBot } from "../bot/status_port.ts";
import { describeError } from "../util/describe_error.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { runtime } from "../util/runtime.ts";
import { VERSION } from "../util/version.ts";
import { pageResponse } from "../web/page.ts";
import { Metrics, METRICS_TYPE } from "./metrics/metrics.ts";
import { StatusPage } from "./page/status_page.ts";

/** Shows the status of a running bot: answers requests, wherever it is mounted, and changes nothing. */
export class Status implements AsyncDisposable {
  readonly #bot: RunningBot;
  readonly #metrics: Metrics;
  readonly #page: StatusPage;
  readonly #problems: ProblemLog;

  /** Constructs a new instance for a bot that has just started. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    this.#metrics = new Metrics(bot);
    this.#page = new StatusPage(bot);
    this.#problems = new ProblemLog(bot.log);
  }

  /**
   * Answers a request.
   *
   * @param path The path below the one where this is mounted, without a slash at its start.
   */
  async handle(request: Request, path: string): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      const refusal = pageResponse("Only GET and HEAD: nothing can be changed here\n", "text", 405);
      refusal.headers.set("allow", "GET, HEAD");
      return refusal;
    }
    try {
      const response = await this.#answer(request, path);
      this.#problems.clear(path);
      return response ?? pageResponse(
        "Not found: there are /, /healthz, /readyz, /stats and /metrics\n",
        "text",
        404,
      );
    } catch (error) {
      const reason = this.#bot.redact(describeError(error));
      this.#problems.raise(path, `Cannot show the status: ${reason}`);
      return pageResponse("The log of the bot tells why this failed\n", "text", 500);
    }
  }

  /** Ends what is still being answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#metrics[Symbol.dispose]();
    await this.#page[Symbol.asyncDispose]();
  }

  async #answer(request: Request, path: string): Promise<Response | undefined> {
    switch (path) {
      case "healthz":
        return this.#healthz();
      case "readyz":
        return this.#readyz();
      case "stats":
        return this.#json(this.#stats());
      case "metrics":
        return this.#text(await this.#metrics.render(), METRICS_TYPE);
      default:
        return await this.#page.handle(request, path);
    }
  }

  #healthz(): Response {
    const { name } = this.#bot;
    const health = this.#bot.health();
    return this.#json({ name, ...health }, health.ok);
  }

  #readyz(): Response {
    const readiness = this.#metrics.readiness();
    return this.#json({ name: this.#bot.name, ...readiness }, readiness.ok);
  }

  #stats(): unknown {
    const { name, version = null, startedAt, collector } = this.#bot;
    return {
      at: Date.now() / 1000,
      name,
      version,
      library: VERSION,
      runtime: runtime(),
      pid: process.pid,
      startedAt,
      health: this.#bot.health(),
      stats: collector?.stats() ?? null,
    };
  }

  #json(data: unknown, ok = true): Response {
    return this.#text(`${JSON.stringify(data)}\n`, "application/json", ok ? 200 : 503);
  }

  #text(text: string, type: string, status = 200): Response {
    const response = pageResponse(this.#bot.redact(text), "text", status);
    response.headers.set("content-type", type);
    return response;
  }
}
