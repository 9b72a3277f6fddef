import { labelOf, type WireAccount, type WireList } from "../grafolean/wire.ts";
import { counted, formatCount } from "../util/format_count.ts";
import { orderedMap } from "../util/ordered_map.ts";
import { accountScope } from "../util/problem_scope.ts";
import { isTurnOver, nextTurn } from "../util/turns.ts";
import {
  AccountDevices,
  type AccountDevicesOptions,
  type RefreshedDevices,
} from "./account_devices.ts";
import type { EntityInfo } from "./entity_info.ts";
import { type Decision, LEFT_OUT_REASONS, type LeftOut } from "./resolve_entity.ts";

// The client's limit of concurrent requests.
const MAX_CONCURRENT_ACCOUNTS = 3;

// Much longer than it takes Grafolean to save an entity.
const CONFIRM_DELAY_MS = 1000;

/** What was found in an account for a protocol. */
export interface AccountSurvey extends WireAccount {
  /** The name; empty if the account is not in the list of accounts, as until that can be read after a start. */
  readonly name: string;
  /** The name of the protocol. */
  readonly protocol: string;
  /** Why it could not be read the last time; `undefined` if it could. */
  readonly failure: string | undefined;
  /** All its entities, as of the last successful read; before that, the known devices. */
  readonly decisions: readonly Decision[];
}

/** The devices of all accounts for one protocol. */
export class ProtocolDevices {
  readonly #protocol: string;
  readonly #options: AccountDevicesOptions;
  /** By the id of the account. */
  #accounts: ReadonlyMap<number, AccountDevices>;
  #list: readonly WireAccount[] = [];
  #isRead = false;
  /** How many accounts the refresh that is under way has read. */
  #readCount = 0;
  /** How many devices there are, as it was last logged. */
  #counts = "";

  /**
   * Constructs a new instance.
   *
   * @param known The devices that are used until their accounts can be read.
   */
  constructor(protocol: string, options: AccountDevicesOptions, known: readonly EntityInfo[]) {
    this.#protocol = protocol;
    this.#options = options;
    const byAccount = new Map<number, EntityInfo[]>();
    for (const info of known) {
      const ofAccount = byAccount.get(info.accountId);
      if (ofAccount === undefined) byAccount.set(info.accountId, [info]);
      else ofAccount.push(info);
    }
    this.#accounts = new Map(
      Array.from(byAccount, ([id, infos]) => [id, new AccountDevices(protocol, options, infos)]),
    );
  }

  /** All devices. */
  get devices(): readonly EntityInfo[] {
    return [...this.#accounts.values()].flatMap(({ devices }) => devices);
  }

  /** How many of how many accounts have been read. */
  get readAccounts(): readonly [read: number, all: number] {
    return [this.#readCount, this.#list.length];
  }

  /** What was found in the accounts. */
  get surveys(): AccountSurvey[] {
    const names = new Map(this.#list.map(({ id, name }) => [id, name]));
    return Array.from(this.#accounts, ([id, { failure, decisions }]) => ({
      id,
      name: names.get(id) ?? "",
      protocol: this.#protocol,
      failure: names.has(id) ? failure : `Account ${id} cannot be found in the list of accounts`,
      decisions,
    }));
  }

  /** Whether {@linkcode refresh} has been called; until then, only the known devices are there. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /**
   * Reads all accounts again, and yields the devices that the bot should poll. Those that may be half-saved in the first
   * snapshot of their account come last, because they are read once more.
   *
   * @param list The accounts of the bot.
   * @throws Like {@linkcode AccountDevices.refresh}.
   */
  async *refresh(
    list: WireList<WireAccount>,
    userId: number,
    signal?: AbortSignal,
  ): AsyncGenerator<EntityInfo> {
    this.#isRead = true;
    this.#readCount = 0;
    this.#updateAccounts(list);
    const accounts = this.#accounts;
    const readable = new Map(list.items.map((account) => [account.id, account]));
    const unconfirmed: NonNullable<RefreshedDevices["confirm"]>[] = [];
    const refresh = (account: WireAccount, signal: AbortSignal) =>
      accounts.get(account.id)!.refresh(account, userId, signal);
    const refreshed = orderedMap(readable.values(), MAX_CONCURRENT_ACCOUNTS, refresh, signal);
    for await (const { devices, confirm } of refreshed) {
      this.#readCount++;
      if (confirm !== undefined) unconfirmed.push(confirm);
      yield* devices;
    }
    for (const [id, { devices }] of accounts) if (!readable.has(id)) yield* devices;

    if (unconfirmed.length > 0) {
      await this.#options.delay(CONFIRM_DELAY_MS, signal ? { signal } : {});
      const confirm = (each: typeof unconfirmed[number], signal: AbortSignal) => each(signal);
      for await (const infos of orderedMap(unconfirmed, MAX_CONCURRENT_ACCOUNTS, confirm, signal)) {
        yield* infos;
      }
    }
    await this.#report();
  }

  /** Adds new accounts, and removes those that are gone. */
  #updateAccounts({ items, refused }: WireList<WireAccount>): void {
    const { log, problems } = this.#options;
    const accounts = new Map<number, AccountDevices>();
    this.#list = items;
    for (const { id } of items) {
      const account = this.#accounts.get(id) ?? new AccountDevices(this.#protocol, this.#options);
      accounts.set(id, account);
    }
    const unreadable = new Set(refused.map(({ id }) => id));
    for (const [id, account] of this.#accounts) {
      if (accounts.has(id)) continue;
      // An account without a readable id may be any of the missing ones.
      if (unreadable.has(id) || unreadable.has(undefined)) {
        accounts.set(id, account);
      } else {
        const devices = counted(account.devices.length, "device");
        log.info(`Account ${id} is gone, along with its ${devices} for ${this.#protocol}`);
        problems.forget(accountScope(id));
      }
    }
    this.#accounts = accounts;
  }

  /** Reports how many devices there are, which entities are left out, and what is wrong with devices. */
  async #report(): Promise<void> {
    const { log, problems: problemLog } = this.#options;
    const reasons = new Map<LeftOut["reason"], number>();
    let total = 0;
    for (const [accountId, { decisions, problems }] of this.#accounts) {
      await problemLog.report(`devices for ${this.#protocol}`, problems, {
        scope: accountScope(accountId),
        kind: "problems of devices",
      });
      for (const { id, name, leftOut, isOther } of decisions) {
        if (leftOut === undefined || isOther) continue;
        while (isTurnOver()) await nextTurn();
        const { reason, detail } = leftOut;
        const label = id === undefined
          ? `an entity of account ${accountId}`
          : labelOf({ id, name }, accountId);
        log.debug(`Left out ${label}: ${detail}`);
        total++;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    const byReason = LEFT_OUT_REASONS.filter((reason) => reasons.has(reason))
      .map((reason) => `${formatCount(reasons.get(reason)!)} ${reason}`).join(", ");
    const counts = `${counted(this.devices.length, "device")} for ${this.#protocol}` +
      (total === 0 ? "" : `; ${formatCount(total)} left out: ${byReason}`);
    if (counts !== this.#counts) log.info(counts);
    this.#counts = counts;
  }
}
