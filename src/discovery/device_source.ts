import { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { requestError } from "../grafolean/errors.ts";
import { getProfile, listAccounts } from "../grafolean/routes.ts";
import { labelOf, type WireAccount, type WireList } from "../grafolean/wire.ts";
import { ConfigError } from "../util/errors.ts";
import { counted, formatCount } from "../util/format_count.ts";
import type { Logger } from "../util/log.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { isTurnOver, nextTurn } from "../util/turns.ts";
import { waitFor } from "../util/wait_for.ts";
import { type AccountDevicesOptions, isReadFailure } from "./account_devices.ts";
import { DeviceSelection } from "./device_selection.ts";
import type { DevicesFile } from "./devices_file.ts";
import type { EntityInfo } from "./entity_info.ts";
import { type AccountSurvey, ProtocolDevices } from "./protocol_devices.ts";
import type { Decision } from "./resolve_entity.ts";

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
  /** The names or ids of the devices to find. @default all */
  readonly selection?: readonly string[] | undefined;
  /** Waits a number of milliseconds. @default delay of `@std/async` */
  readonly delay?: typeof delay;
}

/** What is read before the devices. */
interface Accounts {
  /** The id of the bot. */
  readonly userId: number;
  /** The accounts of the bot. */
  readonly list: WireList<WireAccount>;
}

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
  readonly #filePath: string | undefined;
  #file: DevicesFile | undefined;
  readonly #selection: DeviceSelection | undefined;
  readonly #protocols = new Map<string, ProtocolDevices>();
  /** Why the devices of a protocol are those of the file. */
  readonly #outages = new Map<string, string>();
  #user: { readonly token: string; readonly id: number } | undefined;

  /** Constructs a new instance; nothing is read yet. */
  constructor(
    { client, log, problems, devicesFile, selection, delay: wait = delay }: DeviceSourceOptions,
  ) {
    if (selection !== undefined) this.#selection = new DeviceSelection(selection);
    this.#options = { client, log, problems, delay: wait };
    this.#filePath = devicesFile;
  }

  /** The protocols whose devices have been fetched. */
  get protocols(): string[] {
    return [...this.#protocols.keys()];
  }

  /** What was found when the devices were last read, whatever the selection. */
  get surveys(): AccountSurvey[] {
    return [...this.#protocols.values()].flatMap(({ surveys }) => surveys);
  }

  /** What a refresh is doing, in words; `undefined` if nobody has asked for devices. */
  get progress(): string | undefined {
    const latest = [...this.#protocols.values()].at(-1);
    if (latest === undefined) return undefined;
    const [read, all] = latest.readAccounts;
    if (all === 0) return "Reading accounts";
    if (all === 1) return "Reading devices";
    const number = Math.min(read + 1, all);
    return `Reading devices, account ${formatCount(number)} of ${formatCount(all)}`;
  }

  /**
   * Checks the selection, once the devices of all protocols have been read.
   *
   * @throws {ConfigError} If there is no such device, or none of the selected ones is polled; it says why.
   */
  assertSelected(): void {
    if (this.#selection === undefined) return;
    const { surveys, unknownDevices: unknown } = this;
    if (unknown.length > 0) {
      throw new ConfigError([...unknown, ...surveys.flatMap(({ failure }) => failure ?? [])]);
    }
    const reasons = new Set<string>();
    for (const { id: account, decisions } of surveys) {
      for (const decision of decisions) {
        if (!this.isSelected(decision)) continue;
        if (decision.info !== undefined) return;
        const label = labelOf({ id: decision.id ?? 0, name: decision.name }, account);
        reasons.add(`${label} is not polled: ${decision.leftOut?.detail}`);
      }
    }
    if (reasons.size > 0) throw new ConfigError([...reasons]);
  }

  /** Whether a device is selected; without a selection, every one that somebody expects to be polled. */
  isSelected(decision: Pick<Decision, "id" | "name" | "isOther">): boolean {
    return this.#selection?.has(decision) ?? !decision.isOther;
  }

  /** A sentence for each selected device that was not found. */
  get unknownDevices(): string[] {
    const { surveys } = this;
    const isComplete = surveys.length > 0 && surveys.every(({ failure }) => !failure);
    const all = surveys.flatMap(({ decisions }) => decisions);
    return this.#selection?.unknown(all, isComplete) ?? [];
  }

  /** Why the last devices that {@linkcode fetch} yielded were those of the file; `undefined` if they were not. */
  get outage(): string | undefined {
    const [first] = this.#outages.values();
    return first;
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
    const infos = this.#fetch(protocol, signal);
    for await (const info of infos as AsyncGenerator<EntityInfo<Details, Credential, Sensor>>) {
      while (isTurnOver()) await nextTurn();
      if (this.isSelected({ id: info.entityId, name: info.name })) yield info;
    }
  }

  async *#fetch(protocol: string, signal: AbortSignal | undefined): AsyncGenerator<EntityInfo> {
    const { problems } = this.#options;
    const state = await this.#devicesOf(protocol);
    const saved = state.isRead ? [] : state.devices;
    const outage = `outage for ${protocol}`;
    let accounts: Accounts;
    try {
      accounts = saved.length === 0
        ? await this.#readAccounts(signal)
        : await this.#readAccountsInTime(signal);
    } catch (error) {
      if (!isReadFailure(error) || saved.length === 0) throw error;
      const devices = `the ${
        counted(saved.length, "device")
      } for ${protocol} from ${this.#file?.origin}`;
      problems.raise(outage, `${error.message}; polling ${devices}`, { level: "error" });
      this.#outages.set(protocol, error.message);
      yield* saved;
      return;
    }
    problems.clear(outage);
    this.#outages.delete(protocol);
    yield* state.refresh(accounts.list, accounts.userId, signal);
    await this.#file?.save(protocol, state.devices);
  }

  async #devicesOf(protocol: string): Promise<ProtocolDevices> {
    const file = await this.#openFile();
    const saved = this.#protocols.has(protocol) ? [] : await file?.devices(protocol) ?? [];
    let devices = this.#protocols.get(protocol);
    if (devices === undefined) {
      devices = new ProtocolDevices(protocol, this.#options, saved);
      this.#protocols.set(protocol, devices);
    }
    return devices;
  }

  async #openFile(): Promise<DevicesFile | undefined> {
    if (this.#filePath === undefined) return undefined;
    const { DevicesFile } = await import("./devices_file.ts");
    const { client: { backendUrl }, log, problems } = this.#options;
    return this.#file ??= new DevicesFile(this.#filePath, { backendUrl, log, problems });
  }

  /** Reads the accounts, but gives up after a while. */
  async #readAccountsInTime(signal: AbortSignal | undefined): Promise<Accounts> {
    signal?.throwIfAborted();
    const stop = new AbortController();
    const reading = this.#readAccounts(stop.signal);
    if (!await waitFor(reading, { ms: OUTAGE_MS, signal })) {
      const what = `did not answer within ${OUTAGE_MS / 1000} s`;
      const request = { method: "GET", path: "/accounts" } as const;
      stop.abort(signal?.reason ?? requestError(this.#options.client, request, what));
    }
    return await reading;
  }

  async #readAccounts(signal: AbortSignal | undefined): Promise<Accounts> {
    return { userId: await this.#userId(signal), list: await this.#listAccounts(signal) };
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
    await problemLog.report("accounts", problems);
    return list;
  }
}
