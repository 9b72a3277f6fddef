import { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { getProfile, listAccounts } from "../grafolean/routes.ts";
import type { WireAccount, WireList } from "../grafolean/wire.ts";
import type { Logger } from "../util/log.ts";
import { orderedMap } from "../util/ordered_map.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { AccountDevices, type AccountDevicesOptions, deviceCount } from "./account_devices.ts";
import type { EntityInfo } from "./entity_info.ts";

/** Options for {@linkcode DeviceSource}. */
interface DeviceSourceOptions {
  /** The client. */
  readonly client: GrafoleanClient;
  /** Receives which devices are left out and why, and which accounts cannot be read. */
  readonly log: Logger;
  /** Receives what is wrong with accounts and devices. @default one of its own */
  readonly problems?: ProblemLog | undefined;
  /** Waits a number of milliseconds. @default delay of `@std/async` */
  readonly delay?: typeof delay;
}

// The client's limit of concurrent requests.
const MAX_CONCURRENT_ACCOUNTS = 3;

/**
 * Finds the devices that a bot should poll.
 *
 * Keep one instance for the lifetime of the bot, because it remembers the last state of each account: an account that
 * cannot be read keeps its devices, and a device that has lost sensors, its bot or its protocol is read again before
 * that counts, because it may be half-saved.
 */
export class DeviceSource {
  readonly #options: AccountDevicesOptions;
  readonly #accounts = new Map<string, Map<number, AccountDevices>>();
  #user: { readonly token: string; readonly id: number } | undefined;

  /** Constructs a new instance; nothing is read yet. */
  constructor(
    { client, log, problems = new ProblemLog(log), delay: wait = delay }: DeviceSourceOptions,
  ) {
    this.#options = { client, log, problems, delay: wait };
  }

  /**
   * Yields the devices with this protocol that have at least one sensor for it and do not belong to another bot.
   *
   * @param protocol The name of the protocol in Grafolean, such as `"ping"`.
   * @param signal Cancels the search.
   * @throws {GrafoleanError} If the token is refused, or the bot's profile or the list of accounts cannot be read.
   * Failures of a single account are logged instead.
   * @throws The reason of `signal` if it aborts.
   */
  async *fetch<Details, Credential, Sensor>(
    protocol: string,
    signal?: AbortSignal,
  ): AsyncGenerator<EntityInfo<Details, Credential, Sensor>> {
    const userId = await this.#userId(signal);
    const list = await this.#listAccounts(signal);
    const accounts = this.#update(protocol, list);
    const names = new Map(list.items.map(({ id, name }) => [id, name]));
    const refresh = ([id, account]: [number, AccountDevices], signal: AbortSignal) => {
      const name = names.get(id);
      return name === undefined
        ? Promise.resolve(account.last)
        : account.refresh({ id, name }, userId, signal);
    };
    for await (const infos of orderedMap(accounts, MAX_CONCURRENT_ACCOUNTS, refresh, signal)) {
      // Only the protocol knows the shape of the details.
      yield* infos as readonly EntityInfo<Details, Credential, Sensor>[];
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

  /** Adds new accounts, and removes those that are gone. */
  #update(
    protocol: string,
    { items, refused }: WireList<WireAccount>,
  ): ReadonlyMap<number, AccountDevices> {
    const before = this.#accounts.get(protocol) ?? new Map<number, AccountDevices>();
    const accounts = new Map<number, AccountDevices>();
    for (const { id } of items) {
      accounts.set(id, before.get(id) ?? new AccountDevices(protocol, this.#options));
    }
    const unreadable = new Set(refused.map(({ id }) => id));
    for (const [id, account] of before) {
      if (accounts.has(id)) continue;
      // An account without a readable id may be any of the missing ones.
      if (unreadable.has(id) || unreadable.has(undefined)) {
        accounts.set(id, account);
      } else {
        const devices = deviceCount(account.last.length);
        this.#options.log.info(`Account ${id} is gone, along with its ${devices} for ${protocol}`);
      }
    }
    this.#accounts.set(protocol, accounts);
    return accounts;
  }
}
