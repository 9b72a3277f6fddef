import { Arrivals, type ValuesListener } from "./arrivals.ts";
import { Backend, type Outcome } from "./backend/backend.ts";
import { unquote } from "./backend/exchange.ts";
import { Faults } from "./faults.ts";
import { idOf, Installation, type InstallationOptions, stateOf } from "./installation.ts";
import type { Ref } from "./installation_options.ts";
import { listen, type ListenOptions, type SandboxServer } from "./listen.ts";
import { type Cost, forever } from "./backend/pace.ts";
import { RequestLog } from "./request_log.ts";
import type { State } from "./backend/state.ts";
import type { PathRow, StoredValue } from "./backend/value_table.ts";

/** What a {@linkcode Sandbox} can be told. */
export interface SandboxOptions extends InstallationOptions {
  /** How long requests take. @default no time */
  readonly cost?: Cost;
  /** How many workers the backend has: how many requests it works on at once when they have a cost. @default 1 */
  readonly workers?: number;
  /** Whether nginx stands in front of the backend: bodies of more than 1 MiB are refused with 413. @default false */
  readonly nginx?: boolean;
  /**
   * Whether many reads at once use up the backend's database connections, so that some are answered with 500: from 8
   * lists of entities, 16 entities or 32 other reads for each worker. @default false
   */
  readonly overload?: boolean;
  /**
   * Whether requests that come at the same time and create the same new path get into each other's way, so that all but
   * one are answered with 400. It happens on a backend of several workers. @default false
   */
  readonly newPathRace?: boolean;
}

/** What to wait for. */
export interface WaitOptions {
  /** Counts the values of this account only. @default all accounts */
  readonly accountId?: number;
  /** Counts the values of this path only. @default all paths but Grafolean's own statistics */
  readonly path?: string;
  /** How long to wait, in milliseconds. @default 5000 */
  readonly timeout?: number;
}

/** What a reader sees of an entity while somebody saves it. */
export interface HalfSaveOptions {
  /** What is not there yet: the whole protocol, its sensors, or its bot. @default "protocol" */
  readonly missing?: "protocol" | "sensors" | "bot";
  /** The protocol that is affected. @default all */
  readonly protocol?: string;
  /** How many reads, of the entity or of the list, see it so. @default 1 */
  readonly reads?: number;
}

/**
 * A Grafolean in memory. It takes the same requests as the real one and answers the same, errors included, so that bots
 * can be tried and tested with no installation at hand.
 *
 * It is a web-standard handler, {@linkcode Sandbox.fetch}, and listens on a real port with {@linkcode Sandbox.listen}.
 * What only people use is left out: dashboards, widgets, logins, and MQTT.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount({ name: "Home" });
 * const bot = sandbox.addBot({ protocol: "ping", account });
 *
 * await using server = await sandbox.listen();
 * const response = await fetch(`${server.url}/accounts/${account.id}/values/?b=${bot.token}`, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: JSON.stringify([{ p: "room.temperature", v: 21.5 }]),
 * });
 * assertEquals(response.status, 204);
 * assertEquals(sandbox.values(account).map(({ p, v }) => [p, v]), [["room.temperature", 21.5]]);
 * ```
 */
export class Sandbox extends Installation {
  /** The faults, to be switched on and off at any time. */
  readonly faults: Faults = new Faults();
  /** The requests that have come. */
  readonly requests: RequestLog = new RequestLog();
  readonly #arrivals = new Arrivals();
  readonly #state: State;
  readonly #backend: Backend;
  readonly #workers: number;
  readonly #nginx: boolean;

  /** Makes an empty Grafolean: no accounts, no bots. */
  constructor(options: SandboxOptions = {}) {
    super(options);
    this.#state = stateOf(this);
    this.#workers = options.workers ?? 1;
    this.#nginx = options.nginx ?? false;
    this.#backend = new Backend(this.#state, this.faults, this.requests, this.#arrivals, {
      cost: options.cost ?? {},
      workers: this.#workers,
      nginx: this.#nginx,
      overload: options.overload ?? false,
      newPathRace: options.newPathRace ?? false,
    });
  }

  /**
   * Answers a request. Has the form of the global `fetch` and can be used in its place; the host in the URL does not
   * matter, but its path must begin with `/api/`.
   *
   * @throws {TypeError} If a fault breaks the connection, as the real `fetch` does.
   */
  readonly fetch = async (
    input: Request | URL | string,
    init?: RequestInit,
  ): Promise<Response> => {
    const request = input instanceof Request && init === undefined
      ? input
      : new Request(input, init);
    const { method, headers, signal } = request;
    signal.throwIfAborted();
    const url = new URL(request.url);
    let body: Promise<Uint8Array> | undefined;
    const outcome = this.#backend.handle({
      method,
      url,
      path: unquote(url.pathname),
      headers,
      signal,
      body: () => body ??= request.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
      work: { values: 0, newPaths: 0 },
    });
    // Whoever aborts does not wait, while the backend goes on.
    return toResponse(await Promise.race([outcome, forever(signal)]), method);
  };

  /** Listens on a port, for bots in processes of their own. Close it, or use `await using`. */
  listen(options: ListenOptions = {}): Promise<SandboxServer> {
    return listen((exchange) => this.#backend.handle(exchange), this.#nginx, options);
  }

  /**
   * The values that are stored, ordered by time.
   *
   * @param account Only those of this account.
   * @param path Only those of this path. Without it Grafolean's own `system.stats` are left out.
   */
  values(account?: Ref, path?: string): StoredValue[] {
    if (account === undefined) {
      return [...this.#state.accounts.values()]
        .flatMap(({ values }) => values.values(path))
        .sort((a, b) => a.t - b.t);
    }
    return this.#state.accounts.get(idOf(account))?.values.values(path) ?? [];
  }

  /**
   * How many values are stored, which is cheaper to ask than {@linkcode Sandbox.values}.
   *
   * @param account Only those of this account.
   */
  countValues(account?: Ref): number {
    const counted = account === undefined
      ? [...this.#state.accounts.values()]
      : [this.#state.accounts.get(idOf(account))];
    return counted.reduce((sum, records) => sum + (records?.values.count ?? 0), 0);
  }

  /** The rows of paths of an account, those too that refused values have left behind, and Grafolean's own. */
  paths(account: Ref): PathRow[] {
    return this.#state.accounts.get(idOf(account))?.values.paths() ?? [];
  }

  /** Forgets all values and paths of all accounts. */
  clearValues(): void {
    for (const { values } of this.#state.accounts.values()) values.clear();
  }

  /** Calls `listener` with values as they are stored; what is returned ends that. */
  onValues(listener: ValuesListener): () => void {
    return this.#arrivals.listen(listener);
  }

  /**
   * Waits until `count` values are stored.
   *
   * @returns All values that are stored then, ordered by time.
   * @throws {Error} If there are fewer when the time is over.
   */
  async waitForValues(count: number, options: WaitOptions = {}): Promise<StoredValue[]> {
    const { accountId, path, timeout = 5000 } = options;
    const stored = (): number =>
      path === undefined ? this.countValues(accountId) : this.values(accountId, path).length;
    await this.#arrivals.until(
      () => stored() >= count,
      timeout,
      () => `Waited ${timeout} ms for ${count} values, but only ${stored()} are stored`,
    );
    return this.values(accountId, path);
  }

  /** Creates the tables of a sandbox that was not ready. */
  migrate(): void {
    this.#state.database.migrated = true;
  }

  /** Creates the first user of a sandbox that was not ready. */
  createFirstUser(): void {
    this.#state.database.userExists = true;
  }

  /** Takes the database away: well-formed tokens and the status are answered with 500. */
  stopDatabase(): void {
    this.#state.database.stop();
  }

  /** Gives the database back; each worker still answers one request with 500, over a connection that is dead. */
  startDatabase(): void {
    this.#state.database.start(this.#workers);
  }

  /** Restarts the database so fast that nobody asks meanwhile. */
  restartDatabase(): void {
    this.stopDatabase();
    this.startDatabase();
  }

  /**
   * Shows an entity half-saved, as readers see it while somebody saves it in the UI.
   *
   * @returns Ends it at once when called.
   */
  halfSave(account: Ref, entity: Ref, options: HalfSaveOptions = {}): () => void {
    const { missing = "protocol", protocol, reads = 1 } = options;
    const halfSaved = this.#state.accounts.get(idOf(account))?.halfSaved;
    halfSaved?.set(idOf(entity), { missing, protocol, reads });
    return () => {
      halfSaved?.delete(idOf(entity));
    };
  }
}

function toResponse({ answer, cut }: Outcome, method: string): Response {
  // A Response cannot break in its middle before it has begun, so that comes out as a broken stream.
  if (answer === undefined) throw new TypeError("fetch failed: the sandbox broke the connection");
  const headers = new Headers(answer.headers);
  if (answer.body !== null) headers.set("content-length", String(answer.body.byteLength));
  const { status } = answer;
  if (cut) {
    if (!answer.body?.byteLength) throw new TypeError("fetch failed: the answer was cut off");
    return new Response(brokenStream(answer.body), { status, headers });
  }
  const hasBody = method !== "HEAD" && answer.body !== null;
  return new Response(hasBody ? answer.body : null, { status, headers });
}

function brokenStream(body: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      controller.enqueue(body.slice(0, body.byteLength / 2));
    },
    pull(controller): void {
      controller.error(new TypeError("error reading a body: the sandbox broke the connection"));
    },
  });
}
