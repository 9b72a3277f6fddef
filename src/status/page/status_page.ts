import type { RunningBot } from "../../bot/status_port.ts";
import { type Collector, inspectCollector } from "../../collector/collector.ts";
import type { Inspection } from "../../collector/inspection.ts";
import { NO_STATS } from "../../collector/stats.ts";
import { describeError } from "../../util/describe_error.ts";
import { ProblemLog } from "../../util/problem_log.ts";
import { runtime } from "../../util/runtime.ts";
import { VERSION } from "../../util/version.ts";
import { EventStream, type ServerEvent } from "../../web/event_stream.ts";
import { pageResponse } from "../../web/page.ts";
import { JobTable } from "./job_table.ts";
import { detailsOf } from "./job_line.ts";
import { renderPart } from "./render_part.ts";
import { worstProblems } from "./problem_lines.ts";
import { TableFeed } from "./table_feed.ts";
import { Traffic } from "./traffic.ts";
import type { BotEvent, PageEvents, ProblemsEvent, Sample, StatusEvent } from "./wire.ts";

/** A collector, and what is known of it. */
interface Watched {
  readonly collector: Collector;
  readonly inspection: Inspection;
  readonly table: JobTable;
  readonly feed: TableFeed;
  readonly stop: () => void;
}

/**
 * The status page of a bot, and the events that keep it up to date. While nobody looks, it only keeps what jobs did last,
 * and the traffic of the last 10 minutes.
 */
export class StatusPage implements AsyncDisposable {
  readonly #bot: RunningBot;
  readonly #stream = new EventStream();
  readonly #traffic = new Traffic();
  readonly #failures: ProblemLog;
  readonly #timer: ReturnType<typeof setInterval>;
  #watched: Watched | undefined;
  #problems: ProblemsEvent = { count: 0, problems: [] };
  #sample: Sample = [Math.round(Date.now() / 1000), 0, 0];
  #status: StatusEvent;
  #updating: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #refreshedAt: number | undefined;
  #isClosed = false;

  /** Constructs a new instance, which observes the bot until it is disposed of. */
  constructor(bot: RunningBot) {
    this.#bot = bot;
    bot.onCollector((collector) => this.#watch(collector));
    this.#status = this.#statusEvent();
    this.#failures = new ProblemLog(bot.log);
    this.#timer = setInterval(() => void this.#tick(), 1000);
  }

  /**
   * Answers a request.
   *
   * @param path The path below the address of the page, without a slash at the start.
   * @returns `undefined` if the page has nothing there.
   */
  async handle(request: Request, path: string): Promise<Response | undefined> {
    if (path === "events") return this.#stream.response(request, () => this.#events());
    if (path === "job") return this.#details(new URL(request.url).searchParams.get("id") ?? "");
    return await renderPart(path, `${this.#bot.redact(this.#bot.name)} status`);
  }

  /** Stops observing the bot and ends the streams of all viewers. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosed = true;
    this.#stream[Symbol.dispose]();
    this.#watched?.stop();
    this.#watched?.table[Symbol.dispose]();
    this.#watched = undefined;
    await this.#updating;
    this.#wake();
  }

  #watch(collector: Collector): void {
    const inspection = inspectCollector(collector);
    const table = new JobTable(inspection);
    const { redact } = this.#bot;
    const feed = new TableFeed({ inspection, table, redact });
    const stop = inspection.observe({
      onRequest: (request) => this.#traffic.onRequest(request),
      onRefresh: ({ ok }) => {
        if (ok) this.#refreshedAt = Date.now() / 1000;
        feed.onRefresh();
      },
    });
    this.#watched = { collector, inspection, table, feed, stop };
  }

  #details(jobId: string): Response {
    const { table, feed } = this.#watched ?? {};
    const details = detailsOf(table?.get(jobId), feed?.problemOf(jobId), this.#bot.redact);
    return pageResponse(JSON.stringify(details), "json");
  }

  /** Whatever goes wrong in it must not end the bot. */
  async #tick(): Promise<void> {
    try {
      this.#sample = this.#traffic.sample(this.#stats().values, Date.now() / 1000);
      if (this.#stream.viewers > 0) await this.#update();
      else this.#watched?.feed.clear();
      this.#failures.clear("update");
    } catch (error) {
      const reason = this.#bot.redact(describeError(error));
      this.#failures.raise("update", `Cannot update the status page: ${reason}`);
    }
  }

  /** Looks at what is shown and tells all viewers. With thousands of jobs that may take longer than a second. */
  #update(): Promise<void> {
    const update = async () => {
      this.#status = this.#statusEvent();
      const problems = await worstProblems(this.#bot.problems());
      if (!isSame(problems, this.#problems)) this.#problems = problems;
      await this.#watched?.feed.update();
    };
    return this.#updating ??= update().finally(() => {
      this.#updating = undefined;
      this.#wake();
    });
  }

  /** What a viewer gets: everything, and then, as fast as he can take it, what has changed. */
  async *#events(): AsyncGenerator<ServerEvent> {
    yield event("bot", this.#botEvent());
    await this.#update();
    let problems: ProblemsEvent | undefined;
    let version = 0;
    while (!this.#isClosed) {
      const updated = new Promise<void>((resolve) => this.#waiting.push(resolve));
      yield event("status", this.#status);
      if (problems !== this.#problems) yield event("problems", problems = this.#problems);
      const feed = this.#watched?.feed;
      if (feed !== undefined) {
        const reached = feed.version;
        for await (const chunk of feed.since(version)) yield event("rows", chunk);
        if (version === 0) yield event("complete", {});
        version = reached;
      }
      await updated;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #botEvent(): BotEvent {
    const { name, version, startedAt, redact } = this.#bot;
    return {
      name: redact(name),
      version,
      library: VERSION,
      runtime: runtime(),
      startedAt,
      history: this.#traffic.samples,
    };
  }

  #statusEvent(): StatusEvent {
    const now = Date.now() / 1000;
    const { ok, line, since, state } = this.#bot.health();
    const { values } = this.#stats();
    return {
      now,
      ok,
      line: this.#bot.redact(line),
      since,
      state,
      reachedAt: this.#traffic.reachedAt,
      refreshedAt: this.#refreshedAt,
      values,
      answers: this.#traffic.answers(now),
      sample: this.#sample,
    };
  }

  #stats(): typeof NO_STATS {
    return this.#watched?.collector.stats() ?? NO_STATS;
  }
}

function event<Name extends keyof PageEvents>(name: Name, data: PageEvents[Name]): ServerEvent {
  return { event: name, data };
}

function isSame(one: ProblemsEvent, other: ProblemsEvent): boolean {
  return one.count === other.count && JSON.stringify(one) === JSON.stringify(other);
}
