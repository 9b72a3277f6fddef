import { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { requestError } from "../grafolean/errors.ts";
import { getProfile, listAccounts } from "../grafolean/routes.ts";
import type { WireAccount, WireList } from "../grafolean/wire.ts";
import type { GrafoleanError } from "../util/errors.ts";
import type { Logger } from "../util/log.ts";
import { orderedMap } from "../util/ordered_map.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import {
  AccountDevices,
  type AccountDevicesOptions,
  deviceCount,
  isReadFailure,
  scopeOf,
} from "./account_devices.ts";
import { DevicesFile } from "./devices_file.ts";
import type { EntityInfo } from "./entity_info.ts";
import { LEFT_OUT_REASONS, type LeftOut } from "./resolve_entity.ts";

/** Options for {@linkcode DeviceSource}. */
interface DeviceSourceOptions {
  /** The client. */
  readonly client: GrafoleanClient;
  /** Receives how many devices there are, and which are left out and why. */
  readonly log: Logger;
  /** Receives what is wrong with accounts and devices. */
  readonly problems: ProblemLog;
  /** The file that keeps the devices over a restart. @default none */
  readonly devicesFile?: string | undefined;
  /** Waits a number of milliseconds. @default delay of `@std/async` */
  readonly delay?: typeof delay;
}

/** What is known for one protocol. */
interface ProtocolState {
  /** The accounts by id. */
  accounts: ReadonlyMap<number, AccountDevices>;
  /** Whether the accounts have been read since the start; until then their devices are those of the file. */
  isRead: boolean;
  /** Why the devices are those of the file. */
  outage: string | undefined;
  /** How many devices there are, as it was last logged. */
  counts: string;
}

// The client's limit of concurrent requests.
const MAX_CONCURRENT_ACCOUNTS = 3;

// Much longer than it takes Grafolean to save an entity.
const CONFIRM_DELAY_MS = 1000;

// Only a bot that has devices in its file can give up a backend that does not answer before all attempts have failed,
// which takes more than a minute.
const OUTAGE_MS = 10_000;

/**
 * Finds the devices that a bot should poll.
 *
 * Keep one instance for the lifetime of the bot, because it remembers the last state of each account: an account that
 * cannot be read keeps its devices, and a device that has lost sensors, its bot or its protocol is read again before
 * that counts, because it may be half-saved.
 */
export class DeviceSource {
  readonly #options: AccountDevicesOptions;
  readonly #file: DevicesFile | undefined;
  readonly #protocols = new Map<string, ProtocolState>();
  #user: { readonly token: string; readonly id: number } | undefined;

  /** Constructs a new instance; nothing is read yet. */
  constructor(
    { client, log, problems, devicesFile, delay: wait = delay }: DeviceSourceOptions,
  ) {
    this.#options = { client, log, problems, delay: wait };
    if (devicesFile !== undefined) {
      this.#file = new DevicesFile(devicesFile, { backendUrl: client.backendUrl, log, problems });
    }
  }

  /** Why the last devices that {@linkcode fetch} yielded were those of the file; `undefined` if they were not. */
  get outage(): string | undefined {
    for (const { outage } of this.#protocols.values()) if (outage !== undefined) return outage;
    return undefined;
  }

  /**
   * Yields the devices with this protocol that have at least one sensor for it and do not belong to another bot.
   *
   * Devices that may be half-saved in the first snapshot of their account come last, because they are read once more.
   *
   * @param protocol The name of the protocol in Grafolean, such as `"ping"`.
   * @param signal Cancels the search.
   * @throws {GrafoleanError} If the token is refused. Also if the bot's profile or the list of accounts cannot be read,
   * unless nothing has been read since the start and the file has devices, which are yielded then. Failures of a single
   * account are logged instead.
   * @throws The reason of `signal` if it aborts.
   */
  async *fetch<Details, Credential, Sensor>(
    protocol: string,
    signal?: AbortSignal,
  ): AsyncGenerator<EntityInfo<Details, Credential, Sensor>> {
    // Only the protocol knows the shape of the details.
    yield* this.#fetch(protocol, signal) as AsyncGenerator<EntityInfo<Details, Credential, Sensor>>;
  }

  async *#fetch(protocol: string, signal: AbortSignal | undefined): AsyncGenerator<EntityInfo> {
    const state = await this.#state(protocol);
    let userId: number;
    let list: WireList<WireAccount>;
    try {
      ({ userId, list } = await this.#readAccounts(state, signal));
    } catch (error) {
      const devices = devicesOf(state);
      if (!isReadFailure(error) || state.isRead || devices.length === 0) throw error;
      this.#beginOutage(protocol, state, devices.length, error);
      yield* devices;
      return;
    }
    this.#endOutage(protocol, state);
    this.#update(protocol, state, list);

    const names = new Map(list.items.map(({ id, name }) => [id, name]));
    const refresh = ([id, account]: [number, AccountDevices], signal: AbortSignal) => {
      const name = names.get(id);
      return name === undefined
        ? Promise.resolve(account.devices)
        : account.refresh({ id, name }, userId, signal);
    };
    const { accounts } = state;
    for await (const infos of orderedMap(accounts, MAX_CONCURRENT_ACCOUNTS, refresh, signal)) {
      yield* infos;
    }
    const unconfirmed = [...accounts.values()].filter(({ isUnconfirmed }) => isUnconfirmed);
    if (unconfirmed.length > 0) {
      await this.#options.delay(CONFIRM_DELAY_MS, signal ? { signal } : {});
      const confirm = (account: AccountDevices, signal: AbortSignal) => account.confirm(signal);
      for await (const infos of orderedMap(unconfirmed, MAX_CONCURRENT_ACCOUNTS, confirm, signal)) {
        yield* infos;
      }
    }
    this.#report(protocol, state);
    await this.#file?.save(protocol, devicesOf(state));
  }

  async #state(protocol: string): Promise<ProtocolState> {
    const saved = this.#protocols.has(protocol) ? [] : await this.#file?.devices(protocol) ?? [];
    let state = this.#protocols.get(protocol);
    if (state === undefined) {
      const knownIn = (id: number) => saved.filter(({ accountId }) => accountId === id);
      const ids = new Set(saved.map(({ accountId }) => accountId));
      const accounts = new Map(
        Array.from(ids, (id) => [id, new AccountDevices(protocol, this.#options, knownIn(id))]),
      );
      this.#protocols.set(
        protocol,
        state = { accounts, isRead: false, outage: undefined, counts: "" },
      );
    }
    return state;
  }

  async #readAccounts(
    state: ProtocolState,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly userId: number; readonly list: WireList<WireAccount> }> {
    const read = async (signal: AbortSignal | undefined) => {
      const userId = await this.#userId(signal);
      return { userId, list: await this.#listAccounts(signal) };
    };
    if (state.isRead || state.accounts.size === 0) return await read(signal);

    signal?.throwIfAborted();
    const { client } = this.#options;
    const stop = new AbortController();
    const abort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(() => {
      const what = `did not answer within ${OUTAGE_MS / 1000} s`;
      stop.abort(requestError(client, { method: "GET", path: "/accounts" }, what));
    }, OUTAGE_MS);
    try {
      return await read(stop.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async #userId(signal: AbortSignal | undefined): Promise<number> {
    const { client } = this.#options;
    // A new token may belong to another bot.
    if (this.#user?.token !== client.token.value) {
      const { user_id } = await getProfile(client, signal);
      this.#user = { token: client.token.value, id: user_id };
    }
    return this.#user!.id;
  }

  async #listAccounts(signal: AbortSignal | undefined): Promise<WireList<WireAccount>> {
    const { client, problems: problemLog } = this.#options;
    const list = await listAccounts(client, signal);
    const problems = list.refused.map(({ problem }) =>
      `GET /accounts returned ${problem}: keeping its devices`
    );
    if (list.items.length + list.refused.length === 0) {
      problems.push(
        "This bot cannot see any account: grant it GET on accounts/N/entities, accounts/N/credentials and accounts/N/sensors",
      );
    }
    problemLog.report("accounts", problems);
    return list;
  }

  #beginOutage(protocol: string, state: ProtocolState, count: number, error: GrafoleanError): void {
    state.outage = error.message;
    this.#options.problems.raise(
      `outage for ${protocol}`,
      `Polling the ${
        deviceCount(count)
      } for ${protocol} from ${this.#file?.origin}: ${error.message}`,
      { level: "error" },
    );
  }

  #endOutage(protocol: string, state: ProtocolState): void {
    state.isRead = true;
    state.outage = undefined;
    this.#options.problems.clear(`outage for ${protocol}`);
  }

  /** Adds new accounts, and removes those that are gone. */
  #update(
    protocol: string,
    state: ProtocolState,
    { items, refused }: WireList<WireAccount>,
  ): void {
    const { log, problems } = this.#options;
    const accounts = new Map<number, AccountDevices>();
    for (const { id } of items) {
      accounts.set(id, state.accounts.get(id) ?? new AccountDevices(protocol, this.#options));
    }
    const unreadable = new Set(refused.map(({ id }) => id));
    for (const [id, account] of state.accounts) {
      if (accounts.has(id)) continue;
      // An account without a readable id may be any of the missing ones.
      if (unreadable.has(id) || unreadable.has(undefined)) {
        accounts.set(id, account);
      } else {
        const devices = deviceCount(account.devices.length);
        log.info(`Account ${id} is gone, along with its ${devices} for ${protocol}`);
        problems.forget(scopeOf(id));
      }
    }
    state.accounts = accounts;
  }

  /** Reports which devices are left out, and what is wrong with devices. */
  #report(protocol: string, state: ProtocolState): void {
    const { log, problems: problemLog } = this.#options;
    const reasons = new Map<LeftOut["reason"], number>();
    let total = 0;
    for (const [id, { leftOut, problems }] of state.accounts) {
      problemLog.report(`devices for ${protocol}`, problems, {
        scope: scopeOf(id),
        kind: "problems of devices",
      });
      total += leftOut.length;
      for (const { label, reason, detail } of leftOut) {
        log.debug(`Left out ${label}: ${detail}`);
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    const counts = LEFT_OUT_REASONS.filter((reason) => reasons.has(reason))
      .map((reason) => `${reasons.get(reason)} ${reason}`).join(", ");
    const line = `${deviceCount(devicesOf(state).length)} for ${protocol}` +
      (total === 0 ? "" : `; ${total} left out: ${counts}`);
    if (line !== state.counts) log.info(line);
    state.counts = line;
  }
}

function devicesOf({ accounts }: ProtocolState): EntityInfo[] {
  return [...accounts.values()].flatMap(({ devices }) => devices);
}
