import type { RequestListener } from "node:http";
import { refuseForeign } from "../../web/guard.ts";
import { answerWith } from "../../web/node_http.ts";
import { pageResponse, renderPage } from "../../web/page.ts";
import { pageScript } from "../../web/page_script.ts";
import { THEME_CSS } from "../../web/theme.ts";
import { loadUPlot } from "../../web/uplot.ts";
import type { AccountRecords } from "../backend/account_records.ts";
import type { Faults } from "../faults.ts";
import type { ValuesListener } from "../values_listeners.ts";
import * as chartCard from "./client/chart_card.js";
import * as chartList from "./client/chart_list.js";
import * as deviceTree from "./client/device_tree.js";
import * as faultBar from "./client/fault_bar.js";
import * as pathParts from "./client/path_parts.js";
import * as pathTitle from "./client/path_title.js";
import { sandboxPage } from "./client/sandbox_page.js";
import * as timeRange from "./client/time_range.js";
import { FaultSwitches } from "./fault_switches.ts";
import { LiveFeed } from "./live_feed.ts";
import { SANDBOX_CSS } from "./page_css.ts";

/** What the page shows. */
interface PageSource {
  /** The accounts of the sandbox. */
  readonly accounts: ReadonlyMap<number, AccountRecords>;
  /** The faults of the sandbox. */
  readonly faults: Faults;
  /** Calls a listener with values as they are stored, until the returned function is called. */
  readonly onValues: (listener: ValuesListener) => () => void;
  /** Answers requests for the status page of a bot, with the path below `/bot/`. */
  readonly bot: ((request: Request, path: string) => Promise<Response>) | undefined;
}

const MODULES = [chartCard, chartList, deviceTree, faultBar, pathParts, pathTitle, timeRange];
/** A chart has no room for more. */
const MAX_POINTS = 10_000;
/** As many charts as a page asks for at once. */
const MAX_PATHS = 50;

/** The page of a sandbox, at `/` of its server. */
export class SandboxPage implements Disposable {
  readonly #options: PageSource;
  readonly #switches: FaultSwitches;
  readonly #feed: LiveFeed;
  readonly #removeListener: () => void;

  /** Constructs a new {@linkcode SandboxPage} instance, which follows the values until it is closed. */
  constructor(options: PageSource) {
    const { accounts, faults, onValues, bot } = options;
    this.#options = options;
    this.#switches = new FaultSwitches(faults);
    this.#feed = new LiveFeed({ accounts, switches: this.#switches, hasBot: bot !== undefined });
    this.#removeListener = onValues((values) => this.#feed.add(values));
  }

  /** Answers a request for anything that is not the API. */
  readonly answer: RequestListener = (incoming, outgoing) => {
    void answerWith((request) => this.#handle(request), incoming, outgoing);
  };

  async #handle(request: Request): Promise<Response> {
    const refusal = refuseForeign(request);
    if (refusal !== undefined) return refusal;
    const url = new URL(request.url);
    const [, room, rest] = /^\/(bot|page\/faults)\/(.*)$/.exec(url.pathname) ?? [];
    if (room === "page/faults") return await this.#switch(request, rest!);
    if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET, HEAD");
    if (room === "bot" && this.#options.bot) return await this.#options.bot(request, rest!);
    switch (url.pathname) {
      case "/":
        return html();
      case "/page/page.css":
        return pageResponse(THEME_CSS + SANDBOX_CSS + ((await loadUPlot())?.css ?? ""), "css");
      case "/page/page.js":
        return pageResponse(pageScript(sandboxPage, MODULES), "js");
      case "/page/uplot.js":
        return pageResponse((await loadUPlot())?.js ?? "", "js");
      case "/page/events":
        return this.#feed.response(request);
      case "/page/history":
        return this.#history(url.searchParams);
      default:
        return pageResponse("Not found\n", "text", 404);
    }
  }

  /** Switches all faults off and ends the streams of open pages. */
  [Symbol.dispose](): void {
    this.#removeListener();
    this.#feed[Symbol.dispose]();
    this.#switches.clear();
  }

  /** The times and values of paths, as a page needs them for its charts. */
  #history(query: URLSearchParams): Response {
    const account = this.#options.accounts.get(Number(query.get("account")));
    const history = query.getAll("path").slice(0, MAX_PATHS).map((path) => {
      const values = account?.values.values(path).slice(-MAX_POINTS) ?? [];
      return [values.map(({ t }) => t), values.map(({ v }) => v)];
    });
    return pageResponse(JSON.stringify(history), "json");
  }

  async #switch(request: Request, name: string): Promise<Response> {
    if (request.method !== "POST") return notAllowed("POST");
    // Other pages cannot send JSON without asking first, which nothing here permits.
    if (request.headers.get("content-type") !== "application/json") {
      return pageResponse("Send application/json\n", "text", 415);
    }
    if (!this.#switches.has(name)) return pageResponse("Not found\n", "text", 404);
    const change = readChange(await request.text());
    if (change === undefined || !this.#switches.set(name, change)) {
      return pageResponse('Send {"on": true} or {"on": false}, and a "path"\n', "text", 400);
    }
    this.#feed.sendFaults();
    const state = this.#switches.list().find((each) => each.name === name);
    return pageResponse(JSON.stringify(state), "json");
  }
}

function html(): Response {
  const response = pageResponse(
    renderPage({
      title: "Sandbox",
      stylesheet: "page/page.css",
      scripts: ["page/uplot.js", "page/page.js"],
    }),
    "html",
  );
  // It shows the status page of the bot in a frame.
  const policy = response.headers.get("content-security-policy");
  response.headers.set("content-security-policy", `${policy}; frame-src 'self'`);
  return response;
}

function readChange(text: string): { on: boolean; path: string | undefined } | undefined {
  try {
    const { on, path } = JSON.parse(text);
    const isValid = typeof on === "boolean" && (path === undefined || typeof path === "string");
    return isValid ? { on, path } : undefined;
  } catch {
    return undefined;
  }
}

function notAllowed(allow: string): Response {
  const response = pageResponse("Method not allowed\n", "text", 405);
  response.headers.set("allow", allow);
  return response;
}
