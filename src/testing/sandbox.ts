import { applyFault, type Outcome } from "./apply_fault.ts";
import { Backend } from "./backend/backend.ts";
import type { Exchange } from "./backend/exchange.ts";
import { State } from "./backend/state.ts";
import type { PathRow, StoredValue } from "./backend/value_table.ts";
import { Faults, requestInfo } from "./faults.ts";
import { fetchHandler } from "./fetch_handler.ts";
import { idOf, Installation } from "./installation.ts";
import {
  listen,
  type ListenOptions,
  type SandboxPageOptions,
  type SandboxServer,
} from "./listen.ts";
import type { SandboxPage } from "./page/sandbox_page.ts";
import { RequestLog } from "./request_log.ts";
import type {
  Account,
  AccountOptions,
  Bot,
  BotOptions,
  Created,
  CredentialOptions,
  EntityOptions,
  Grants,
  HalfSaveOptions,
  PersonOptions,
  Ref,
  SandboxOptions,
  SensorOptions,
  WaitOptions,
} from "./sandbox_options.ts";
import { type ValuesListener, ValuesListeners } from "./values_listeners.ts";

/**
 * A Grafolean in memory. It takes the same requests as the real one and gives the same answers, errors included, so bots
 * can be tried and tested without an installation.
 *
 * It is a web-standard handler, {@linkcode Sandbox.fetch}, and listens on a port with {@linkcode Sandbox.listen}.
 *
 * Its accounts and records can be changed at any time. They are referred to by id, or by an object that has one, such as
 * the result of `add…`. A `RangeError` is thrown for an account, a bot, or an entity to change that does not exist;
 * references in the `protocols` of an entity are not checked.
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
export class Sandbox {
  /** The faults, which can be switched on and off at any time. */
  readonly faults: Faults = new Faults();
  /** The requests that were received. */
  readonly requests: RequestLog = new RequestLog();
  readonly #listeners = new ValuesListeners();
  readonly #state: State;
  readonly #installation: Installation;
  readonly #backend: Backend;
  readonly #workers: number;
  readonly #nginx: boolean;

  /** Constructs a new {@linkcode Sandbox} without accounts and bots. */
  constructor(options: SandboxOptions = {}) {
    const { random = Math.random, ready = true, workers = 1, nginx = false } = options;
    this.#state = new State(random, ready);
    this.#installation = new Installation(this.#state);
    this.#backend = new Backend(this.#state, this.#listeners.notify, options);
    this.#workers = workers;
    this.#nginx = nginx;
  }

  /**
   * Answers a request. Has the signature of the global `fetch` and can replace it; the host in the URL does not matter,
   * but the path must begin with `/api/`.
   *
   * @throws {TypeError} If a fault breaks the connection, as the real `fetch` does.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response> =
    fetchHandler((exchange) => this.#handle(exchange));

  /** Listens on a port, for bots in other processes. Close it, or use `await using`. */
  async listen(options: ListenOptions = {}): Promise<SandboxServer> {
    const { page = false } = options;
    const opened = page === false ? undefined : await this.#openPage(page === true ? {} : page);
    return await listen((exchange) => this.#handle(exchange), this.#nginx, options, opened);
  }

  async #openPage({ bot }: SandboxPageOptions): Promise<SandboxPage> {
    const { SandboxPage } = await import("./page/sandbox_page.ts");
    return new SandboxPage({
      accounts: this.#state.accounts,
      faults: this.faults,
      onValues: (listener) => this.onValues(listener),
      bot,
    });
  }

  async #handle(exchange: Exchange): Promise<Outcome> {
    const request = requestInfo(exchange);
    const end = this.requests.begin(request, Date.now() / 1000);
    let outcome: Outcome | undefined;
    try {
      const handle = () => this.#backend.handle(exchange);
      const fault = await this.faults.take(request, exchange.body);
      outcome = fault === undefined
        ? { answer: await handle(), cut: false }
        : await applyFault(fault, exchange, handle);
      return outcome;
    } finally {
      end(outcome?.answer?.status, exchange.work.values);
    }
  }

  /** Adds an account. */
  addAccount(options: AccountOptions = {}): Account {
    return this.#installation.addAccount(options);
  }

  /** Adds a bot. */
  addBot(options: BotOptions): Bot {
    return this.#installation.addBot(options);
  }

  /**
   * Adds a person, who can manage the sandbox over HTTP as Grafolean, dashboards included.
   *
   * @returns The id, and a value of the `Authorization` header that authenticates this person and does not expire; one from
   * `POST /auth/login` does, after 600 s.
   *
   * @example
   * ```ts
   * import { Sandbox } from "@grafolean/collector/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const sandbox = new Sandbox();
   * const account = sandbox.addAccount();
   * const { authorization } = sandbox.addPerson();
   * const response = await sandbox.fetch(`http://sandbox/api/accounts/${account.id}/dashboards`, {
   *   headers: { authorization },
   * });
   * assertEquals(await response.json(), { list: [] });
   * ```
   */
  addPerson(options: PersonOptions = {}): Created & { readonly authorization: string } {
    return this.#installation.addPerson(options);
  }

  /** Changes the protocol of a bot, which removes it from all its entities. */
  updateBot(bot: Ref, changes: { readonly protocol: string | null }): void {
    this.#installation.updateBot(bot, changes);
  }

  /** Deletes a bot, if it exists: its token is refused from the next request on, and its entities have no bot. */
  removeBot(bot: Ref): void {
    this.#installation.removeBot(bot);
  }

  /** Adds permissions to those that a bot has. */
  grant(bot: Ref, grants: Grants): void {
    this.#installation.grant(bot, grants);
  }

  /** Removes all permissions of a bot; its token stays valid. */
  revoke(bot: Ref): void {
    this.#installation.revoke(bot);
  }

  /** Adds a credential. */
  addCredential(account: Ref, options: CredentialOptions): Created {
    return this.#installation.addCredential(account, options);
  }

  /** Adds a sensor. */
  addSensor(account: Ref, options: SensorOptions): Created {
    return this.#installation.addSensor(account, options);
  }

  /** Adds an entity, by default a device. */
  addEntity(account: Ref, options: EntityOptions = {}): Created {
    return this.#installation.addEntity(account, options);
  }

  /** Changes an entity; `protocols` replaces all its protocols. */
  updateEntity(account: Ref, entity: Ref, changes: Omit<EntityOptions, "parent">): void {
    this.#installation.updateEntity(account, entity, changes);
  }

  /**
   * Shows an entity half-saved, as it can be read while somebody saves it in the UI.
   *
   * @returns A function that ends this early.
   */
  halfSave(account: Ref, entity: Ref, options: HalfSaveOptions = {}): () => void {
    const { missing = "protocol", protocol, reads = 1 } = options;
    const halfSaved = this.#state.accounts.get(idOf(account))?.halfSaved;
    halfSaved?.set(idOf(entity), { missing, protocol, reads });
    return () => {
      halfSaved?.delete(idOf(entity));
    };
  }

  /**
   * The stored values, ordered by time.
   *
   * @param account Only the values of this account.
   * @param path Only the values of this path. By default Grafolean's own `system.stats` are left out.
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
   * The number of stored values; cheaper than {@linkcode Sandbox.values}.
   *
   * @param account Only the values of this account.
   */
  countValues(account?: Ref): number {
    const counted = account === undefined
      ? [...this.#state.accounts.values()]
      : [this.#state.accounts.get(idOf(account))];
    return counted.reduce((sum, records) => sum + (records?.values.count ?? 0), 0);
  }

  /** The rows of paths of an account, including Grafolean's own and those that refused values have left behind. */
  paths(account: Ref): PathRow[] {
    return this.#state.accounts.get(idOf(account))?.values.paths() ?? [];
  }

  /** Deletes all values and paths of all accounts. */
  clearValues(): void {
    for (const { values } of this.#state.accounts.values()) values.clear();
  }

  /**
   * Calls `listener` with values as they are stored.
   *
   * @returns A function that removes the listener.
   */
  onValues(listener: ValuesListener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Waits until `count` values are stored.
   *
   * @returns All stored values, ordered by time.
   * @throws {Error} If there are fewer after the timeout.
   */
  async waitForValues(count: number, options: WaitOptions = {}): Promise<StoredValue[]> {
    const { accountId, path, timeout = 5 } = options;
    const stored = (): number =>
      path === undefined ? this.countValues(accountId) : this.values(accountId, path).length;
    await this.#listeners.until(
      () => stored() >= count,
      timeout * 1000,
      () => `Waited ${timeout} s for ${count} values, but only ${stored()} are stored`,
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

  /** Stops the database: requests with well-formed tokens and reads of the status are answered with 500. */
  stopDatabase(): void {
    this.#state.database.stop();
  }

  /** Starts the database; each worker still answers one request with 500, because its connection is dead. */
  startDatabase(): void {
    this.#state.database.start(this.#workers);
  }

  /** Restarts the database, with no request meanwhile. */
  restartDatabase(): void {
    this.stopDatabase();
    this.startDatabase();
  }
}
