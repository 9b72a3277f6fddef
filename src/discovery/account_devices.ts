import type { delay } from "@std/async/delay";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { WireAccount, WireEntity, WireList } from "../grafolean/wire.ts";
import type { Logger } from "../util/log.ts";
import { listEntities } from "../grafolean/entities.ts";
import { type AccountLists, readAccountLists, refusedItems } from "./account_lists.ts";
import type { EntityInfo } from "./entity_info.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { labelOf, type ResolveContext, resolveEntity } from "./resolve_entity.ts";
import { type Finding, type Look, settleDoubts, type Verdict } from "./half_saved.ts";

/** What {@linkcode AccountConfigs} works with. */
export interface AccountConfigsOptions {
  /** Asks Grafolean. */
  readonly client: GrafoleanClient;
  /** Hears what was left out and why. */
  readonly log: Logger;
  /** Waits. */
  readonly delay: typeof delay;
}

/** Knows what was last read of one account for one protocol. */
export class AccountConfigs {
  readonly #client: GrafoleanClient;
  readonly #log: Logger;
  readonly #delay: typeof delay;
  readonly #protocol: string;
  readonly #problems: ProblemLog;
  #last: ReadonlyMap<number, EntityInfo> | undefined;
  #failure: string | undefined;

  /** Starts with nothing known. */
  constructor(protocol: string, { client, log, delay }: AccountConfigsOptions) {
    this.#protocol = protocol;
    this.#client = client;
    this.#log = log;
    this.#delay = delay;
    this.#problems = new ProblemLog(log);
  }

  /** The devices as they were when the account was last read. */
  get last(): readonly EntityInfo[] {
    return [...this.#last?.values() ?? []];
  }

  /**
   * Reads the account again.
   *
   * @returns The devices that the bot should poll; the last ones known when the account cannot be read now.
   * @throws {GrafoleanError} If the token is refused, which is no matter of this account alone.
   * @throws The reason of `signal` when that aborts.
   */
  async refresh(
    account: WireAccount,
    userId: number,
    signal: AbortSignal,
  ): Promise<readonly EntityInfo[]> {
    try {
      const lists = await readAccountLists(this.#client, account.id, signal);
      const context: ResolveContext = {
        accountId: account.id,
        protocol: this.#protocol,
        userId,
        credentials: byId(lists.credentials.items),
        sensors: byId(lists.sensors.items),
      };
      const look = lookAt(lists.entities, context);
      const verdicts = await settleDoubts(
        look,
        this.#last,
        this.#protocol,
        (afterMs) => this.#lookAgain(afterMs, context, signal),
      );
      this.#last = this.#conclude(lists, look, verdicts, account.id);
      this.#succeeded(account);
    } catch (error) {
      if (!isOfTheAccount(error)) throw error;
      this.#failed(account, error);
    }
    return this.last;
  }

  async #lookAgain(
    afterMs: number,
    context: ResolveContext,
    signal: AbortSignal,
  ): Promise<Look | undefined> {
    await this.#delay(afterMs, { signal });
    try {
      return lookAt(await listEntities(this.#client, context.accountId, signal), context);
    } catch (error) {
      if (!isOfTheAccount(error)) throw error;
      this.#log.debug(
        `Devices of account ${context.accountId} that look half-saved stay as they were: ${error.message}`,
      );
      return undefined;
    }
  }

  #conclude(
    lists: AccountLists,
    look: Look,
    verdicts: ReadonlyMap<number, Verdict>,
    accountId: number,
  ): Map<number, EntityInfo> {
    const infos = new Map<number, EntityInfo>();
    const problems = refusedItems(accountId, lists);
    for (const [id, finding] of look.findings) {
      const verdict = verdicts.get(id) ?? finding;
      if (verdict === "gone") continue;
      if (verdict === "as before") {
        const before = this.#last?.get(id);
        if (before !== undefined) infos.set(id, before);
        this.#log.debug(`Kept ${labelOf(finding.entity, accountId)} as before: it is being saved`);
        continue;
      }
      const { entity, resolution } = verdict;
      problems.push(...resolution.problems);
      if (resolution.info !== undefined) infos.set(id, resolution.info);
      else this.#log.debug(`Left out ${labelOf(entity, accountId)}: ${resolution.leftOut}`);
    }
    for (const [id, before] of this.#last ?? []) {
      if (!look.findings.has(id) && look.isUnreadable(id)) infos.set(id, before);
    }
    this.#problems.report(problems);
    return infos;
  }

  #succeeded(account: WireAccount): void {
    if (this.#failure !== undefined) {
      this.#log.info(`${nameOf(account)} can be read again`);
      this.#failure = undefined;
    }
  }

  #failed(account: WireAccount, error: GrafoleanError): void {
    const kept = this.#last === undefined
      ? `there is nothing to do for ${this.#protocol}`
      : this.#last.size === 1
      ? `its 1 device for ${this.#protocol} stays as it was`
      : `its ${this.#last.size} devices for ${this.#protocol} stay as they were`;
    const message = `${nameOf(account)} cannot be read, so ${kept}: ${error.message}`;
    if (error.message === this.#failure) this.#log.debug(message);
    else this.#log.warn(message);
    this.#failure = error.message;
  }
}

function lookAt({ items, refused }: WireList<WireEntity>, context: ResolveContext): Look {
  const findings = new Map<number, Finding>();
  for (const entity of items) {
    findings.set(entity.id, { entity, resolution: resolveEntity(entity, context) });
  }
  const ids = new Set(refused.map(({ id }) => id));
  // An entity without a readable id may be any of those that we miss.
  return { findings, isUnreadable: (id) => ids.has(id) || ids.has(undefined) };
}

function byId<T extends { readonly id: number }>(items: readonly T[]): Map<number, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function nameOf({ id, name }: WireAccount): string {
  return `Account ${id} (${JSON.stringify(name)})`;
}

// A token that is refused is refused everywhere; anything but a GrafoleanError is an abort or a mistake of ours.
function isOfTheAccount(error: unknown): error is GrafoleanError {
  return error instanceof GrafoleanError && error.status !== 401;
}
