import type { BotHealth, RunningBot } from "../../../src/bot/status_port.ts";
import { type Collector, inspectCollector } from "../../../src/collector/collector.ts";
import type { StatusPage } from "../../../src/status/page/status_page.ts";
import { createLogger } from "../../../src/util/log.ts";
import type { Problem } from "../../../src/util/problem.ts";
import type { JobLine, PageEvents, Row } from "../../../src/status/page/wire.ts";

/** A running bot, as `runBot` shows it to a status port. */
export class FakeRunningBot implements RunningBot {
  readonly name = "demo-bot";
  readonly version = "1.2.3";
  readonly startedAt = 1_800_000_000;
  readonly env = {};
  readonly redact: (text: string) => string;
  /** How often somebody wanted to know whether it is healthy. */
  asked = 0;
  readonly collector: Collector;

  constructor(collector: Collector, token = "the-token") {
    this.collector = collector;
    this.redact = (text) => text.replaceAll(token, "***");
  }

  readonly log = createLogger(() => {});

  onCollector(use: (collector: Collector) => void): void {
    use(this.collector);
  }

  problems(): Iterable<Problem> {
    return inspectCollector(this.collector).problems();
  }

  health(): BotHealth {
    this.asked++;
    return {
      ok: true,
      line: "demo-bot is healthy: 1 job",
      state: "collecting",
      since: this.startedAt,
    };
  }
}

/** An event that a page got. */
export type PageEvent = {
  [Name in keyof PageEvents]: { readonly event: Name; readonly data: PageEvents[Name] };
}[keyof PageEvents];

/** The address of the page, wherever it is mounted. */
const BASE = "http://127.0.0.1/bot/";

/** Requests something of a page. */
export async function get(page: StatusPage, path: string): Promise<Response> {
  const response = await page.handle(new Request(BASE + path), path.split("?")[0]!);
  if (response === undefined) throw new Error(`The page has nothing at ${path}`);
  return response;
}

/** Somebody who has a page open. */
export class Viewer implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";
  /** How many characters it has read. */
  read = 0;
  /** The table as it is shown. */
  readonly rows: Map<string, Row> = new Map();
  readonly lines: Map<string, JobLine> = new Map();

  constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Opens a page. */
  static async open(page: StatusPage): Promise<Viewer> {
    return new Viewer(await get(page, "events"));
  }

  /** The next event; `undefined` at the end. */
  async next(): Promise<PageEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end === -1) {
        const { value, done } = await this.#reader.read();
        if (done) return undefined;
        this.read += value.length;
        this.#text += value;
        continue;
      }
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(this.#text.slice(0, end)) ?? [];
      this.#text = this.#text.slice(end + 2);
      if (event === undefined) continue;
      const parsed = { event, data: JSON.parse(data!) } as PageEvent;
      if (parsed.event === "rows") this.#apply(parsed.data);
      return parsed;
    }
  }

  /** The events up to the next one of a name, that one included. */
  async upTo(name: PageEvent["event"]): Promise<PageEvent[]> {
    const events: PageEvent[] = [];
    while (events.at(-1)?.event !== name) {
      const event = await this.next();
      if (event === undefined) throw new Error(`The stream has ended before "${name}"`);
      events.push(event);
    }
    return events;
  }

  #apply({ rows, jobs, removed }: PageEvents["rows"]): void {
    for (const key of removed) this.rows.delete(key);
    for (const row of rows) this.rows.set(row.key, row);
    for (const line of jobs) this.lines.set(line.job, line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}
