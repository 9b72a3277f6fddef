import { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import {
  readAccount,
  readList,
  readProfile,
  type WireAccount,
  type WireList,
} from "../grafolean/wire.ts";
import type { Logger } from "../util/log.ts";
import { AccountConfigs, type AccountConfigsOptions } from "./account_devices.ts";
import type { EntityInfo } from "./entity_info.ts";
import { orderedMap } from "../util/ordered_map.ts";
import { ProblemLog } from "../util/problem_log.ts";

/** What a {@linkcode JobConfigSource} works with. */
export interface JobConfigSourceOptions {
  /** Asks Grafolean. */
  readonly client: GrafoleanClient;
  /** Hears what was left out and why, and which account fails. */
  readonly log: Logger;
  /** Waits. @default delay of `@std/async` */
  readonly delay?: typeof delay;
}

// As many as requests may be under way.
const ACCOUNTS_AT_ONCE = 3;

/**
 * Finds the devices that a bot should poll, again and again.
 *
 * It lives as long as the bot, since it knows what was last read of each account: an account that cannot be read now
 * keeps its devices, and a device that seems to have lost its sensors, its bot or its protocol is looked at again before
 * that counts, because Grafolean shows half-saved devices for a moment.
 */
export class JobConfigSource {
  readonly #options: AccountConfigsOptions;
  readonly #problems: ProblemLog;
  readonly #configs = new Map<string, Map<number, AccountConfigs>>();
  #user: { readonly token: string; readonly id: number } | undefined;

  /** Makes a source that has read nothing yet. */
  constructor({ client, log, delay: wait = delay }: JobConfigSourceOptions) {
    this.#options = { client, log, delay: wait };
    this.#problems = new ProblemLog(log);
  }

  /**
   * Yields the devices that have the protocol, are not another bot's, and have at least one sensor for it.
   *
   * @param protocol The name of the protocol in Grafolean, such as `"ping"`.
   * @param signal Ends the search.
   * @throws {GrafoleanError} If the token is refused, or if the bot's profile or the list of accounts cannot be had.
   * What goes wrong with one account is logged instead.
   * @throws The reason of `signal` when that aborts.
   */
  async *fetch<Details, Credential, Sensor>(
    protocol: string,
    signal?: AbortSignal,
  ): AsyncGenerator<EntityInfo<Details, Credential, Sensor>> {
    const userId = await this.#userId(signal);
    const accounts = await this.#accounts(signal);
    const configs = this.#configsOf(protocol, accounts);
    const names = new Map(accounts.items.map(({ id, name }) => [id, name]));
    const refresh = ([id, config]: [number, AccountConfigs], signal: AbortSignal) => {
      const name = names.get(id);
      return name === undefined
        ? Promise.resolve(config.last)
        : config.refresh({ id, name }, userId, signal);
    };
    for await (const infos of orderedMap(configs, ACCOUNTS_AT_ONCE, refresh, signal)) {
      // The details are what the protocol says they are: nobody else can know their form.
      yield* infos as readonly EntityInfo<Details, Credential, Sensor>[];
    }
  }

  async #userId(signal: AbortSignal | undefined): Promise<number> {
    const { client } = this.#options;
    // A new token may be that of another bot.
    if (this.#user?.token !== client.token.value) {
      const { user_id } = await client.get("/profile", readProfile, signal);
      this.#user = { token: client.token.value, id: user_id };
    }
    return this.#user!.id;
  }

  async #accounts(signal: AbortSignal | undefined): Promise<WireList<WireAccount>> {
    const { client } = this.#options;
    const list = await client.get(
      "/accounts",
      (json) => readList(json, "an account", readAccount),
      signal,
    );
    const problems = list.refused.map(({ problem }) =>
      `GET /accounts answered ${problem}: its devices stay as they were`
    );
    if (list.items.length + list.refused.length === 0) {
      problems.push(
        "This bot sees no account: grant it GET on accounts/N/entities, accounts/N/credentials and accounts/N/sensors",
      );
    }
    this.#problems.report(problems);
    return list;
  }

  /** What is known of each account that is there: an account that is gone is forgotten. */
  #configsOf(
    protocol: string,
    { items, refused }: WireList<WireAccount>,
  ): ReadonlyMap<number, AccountConfigs> {
    const before = this.#configs.get(protocol) ?? new Map<number, AccountConfigs>();
    const configs = new Map<number, AccountConfigs>();
    for (const { id } of items) {
      configs.set(id, before.get(id) ?? new AccountConfigs(protocol, this.#options));
    }
    const unreadable = new Set(refused.map(({ id }) => id));
    for (const [id, config] of before) {
      if (configs.has(id)) continue;
      // An account without a readable id may be any of those that we miss.
      if (unreadable.has(id) || unreadable.has(undefined)) {
        configs.set(id, config);
      } else {
        const count = config.last.length;
        const devices = count === 1 ? "1 device" : `${count} devices`;
        this.#options.log.info(`Account ${id} is gone, and with it ${devices} for ${protocol}`);
      }
    }
    this.#configs.set(protocol, configs);
    return configs;
  }
}
