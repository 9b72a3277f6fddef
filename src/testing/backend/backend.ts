import { type Answer, internalServerError, nginxPage } from "./answer.ts";
import type { Arrivals } from "../arrivals.ts";
import { ConnectionPool } from "./connection_pool.ts";
import type { Exchange } from "./exchange.ts";
import { type Fault, faultAnswer, type Faults, type RequestInfo } from "../faults.ts";
import { type Cost, forever, Pace, pause } from "./pace.ts";
import type { RequestLog } from "../request_log.ts";
import { answer } from "./router.ts";
import type { State } from "./state.ts";

/** What a client gets: an answer, or a connection that breaks, maybe in the middle of one. */
export interface Outcome {
  /** The answer; absent where the connection breaks before it. */
  readonly answer?: Answer;
  /** Whether the connection breaks. */
  readonly cut: boolean;
}

/** How the backend is set up. */
export interface BackendOptions {
  /** How long work takes. */
  readonly cost: Cost;
  /** How many requests are worked on at once. */
  readonly workers: number;
  /** Whether nginx stands in front, with its stock limits. */
  readonly nginx: boolean;
  /** Whether too many reads at once use up the database connections. */
  readonly overload: boolean;
  /** Whether requests can race for a new path. */
  readonly newPathRace: boolean;
}

/** The largest body that nginx lets through unless told otherwise. */
const NGINX_MAX_BODY = 1024 * 1024;

/** One backend. */
export class Backend {
  readonly #state: State;
  readonly #faults: Faults;
  readonly #log: RequestLog;
  readonly #arrivals: Arrivals;
  readonly #nginx: boolean;
  readonly #pace: Pace;
  readonly #pool: ConnectionPool | undefined;
  readonly #creating: Map<number, Set<string>> | undefined;

  /** Makes a backend on the data it is handed. */
  constructor(
    state: State,
    faults: Faults,
    log: RequestLog,
    arrivals: Arrivals,
    options: BackendOptions,
  ) {
    this.#state = state;
    this.#faults = faults;
    this.#log = log;
    this.#arrivals = arrivals;
    this.#nginx = options.nginx;
    this.#pace = new Pace(options.cost, options.workers);
    this.#pool = options.overload ? new ConnectionPool(options.workers) : undefined;
    this.#creating = options.newPathRace ? new Map() : undefined;
  }

  /**
   * Answers one request.
   *
   * @throws The reason of the request's signal, if that aborts while a fault is waiting.
   */
  async handle(exchange: Exchange): Promise<Outcome> {
    const info = requestInfo(exchange);
    const end = this.#log.begin(info, this.#state.now());
    let status: number | undefined;
    try {
      const outcome = await this.#handle(exchange, info);
      status = outcome.answer?.status;
      return outcome;
    } finally {
      end(status, exchange.work.values);
    }
  }

  async #handle(exchange: Exchange, info: RequestInfo): Promise<Outcome> {
    const fault = this.#faults.take(info);
    if (fault?.latency) await pause(fault.latency, exchange.signal);
    if (fault?.drop === "before-body" && !fault.processed) return { cut: true };
    const processed = fault?.processed || fault?.drop === "mid-response" || !isFatal(fault);
    if (!processed) {
      await exchange.body();
      return await spoil(fault, exchange, undefined);
    }
    const result = await this.#work(exchange, info);
    return fault ? await spoil(fault, exchange, result) : { answer: result, cut: false };
  }

  async #work(exchange: Exchange, info: RequestInfo): Promise<Answer> {
    if (this.#nginx && (await exchange.body()).byteLength > NGINX_MAX_BODY) {
      const page = nginxPage(413, "Request Entity Too Large");
      return { ...page, headers: { ...page.headers, connection: "close" } };
    }
    const giveBack = this.#pool?.take(info);
    if (this.#pool && giveBack === undefined) return internalServerError();
    try {
      return await this.#pace.run(exchange.work, () => answer(this.#context, exchange));
    } finally {
      giveBack?.();
    }
  }

  get #context(): Parameters<typeof answer>[0] {
    return {
      state: this.#state,
      stored: this.#arrivals.notify,
      creating: (accountId) => this.#creatingIn(accountId),
    };
  }

  #creatingIn(accountId: number): Set<string> | undefined {
    if (this.#creating === undefined) return undefined;
    const known = this.#creating.get(accountId) ?? new Set<string>();
    this.#creating.set(accountId, known);
    return known;
  }
}

function isFatal(fault: Fault | undefined): fault is Fault {
  return fault !== undefined &&
    (fault.hang === true || fault.drop !== undefined || fault.status !== undefined);
}

async function spoil(
  fault: Fault,
  exchange: Exchange,
  result: Answer | undefined,
): Promise<Outcome> {
  if (fault.hang) await forever(exchange.signal);
  const given = fault.status === undefined ? result : faultAnswer(fault.status, fault);
  if (fault.drop === "mid-response" && given) return { answer: given, cut: true };
  if (fault.drop) return { cut: true };
  return given ? { answer: given, cut: false } : { cut: true };
}

function requestInfo({ method, path }: Exchange): RequestInfo {
  const account = /^\/api\/accounts\/([0-9]+)(?:\/|$)/.exec(path)?.[1];
  return {
    method,
    path: path.replace(/^\/api(?=\/)/, ""),
    accountId: account === undefined ? undefined : Number(account),
  };
}
