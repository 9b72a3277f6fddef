import type { AccountRecords, EntityRecord } from "./backend/account_records.ts";
import { addDefaultRecords } from "./backend/default_records.ts";
import { uiPermissions } from "./backend/permission.ts";
import type { State } from "./backend/state.ts";
import type { BotRecord, UserRecord } from "./backend/users.ts";
import type {
  Account,
  AccountOptions,
  Bot,
  BotOptions,
  Created,
  CredentialOptions,
  EntityOptions,
  EntityProtocol,
  Grant,
  Grants,
  PersonOptions,
  Ref,
  SensorOptions,
} from "./sandbox_options.ts";

/** A test does not have to log a person in again. */
const YEARS_S = 10 * 365 * 86_400;

/** Sets up accounts, bots and records in the data of a backend. */
export class Installation {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  addAccount(options: AccountOptions): Account {
    const id = options.id === undefined ? this.#state.ids.next() : this.#state.ids.take(options.id);
    const name = options.name ?? `Account ${this.#state.accounts.size + 1}`;
    const account = this.#state.addAccount(name, id);
    if (options.defaults) addDefaultRecords(account, this.#state.ids.next);
    return { id, name };
  }

  addBot(options: BotOptions): Bot {
    const account = options.account === undefined ? null : this.#account(options.account).id;
    const { protocol, token, name = `${protocol ?? "custom"} bot` } = options;
    const bot = this.#state.users.addBot({
      name,
      protocol,
      account,
      config: null,
      ...(token !== undefined && { token }),
    });
    this.grant(bot, options.permissions ?? (account === null ? "all" : "ui"));
    return { id: bot.id, protocol, token: bot.token };
  }

  addPerson(options: PersonOptions): Created & { readonly authorization: string } {
    const username = options.username ?? `person${this.#state.users.people().length + 1}`;
    const person = this.#state.users.addPerson({
      name: options.name ?? "Person",
      email: `${username}@example.org`,
      username,
      password: options.password ?? this.#state.ids.uuid(),
      timezone: "UTC",
    });
    this.#grant(person, options.permissions ?? [{ prefix: null }]);
    return { id: person.id, authorization: this.#state.sessions.begin(person, YEARS_S)[0] };
  }

  updateBot(bot: Ref, changes: { readonly protocol: string | null }): void {
    this.#bot(bot).protocol = changes.protocol;
    this.#state.botsChanged();
  }

  removeBot(bot: Ref): void {
    this.#state.deleteUser(idOf(bot));
  }

  grant(bot: Ref, grants: Grants): void {
    const record = this.#bot(bot);
    this.#grant(record, grantsOf(record, grants));
  }

  #grant(user: UserRecord, grants: readonly Grant[]): void {
    for (const { prefix, methods = null } of grants) this.#state.grant(user, { prefix, methods });
  }

  revoke(bot: Ref): void {
    this.#bot(bot).permissions = [];
  }

  addCredential(account: Ref, options: CredentialOptions): Created {
    return this.#addRecord("credentials", account, options, undefined);
  }

  addSensor(account: Ref, options: SensorOptions): Created {
    return this.#addRecord("sensors", account, options, options.defaultInterval ?? null);
  }

  #addRecord(
    list: "credentials" | "sensors",
    account: Ref,
    { protocol, name, details = {} }: CredentialOptions,
    defaultInterval: number | null | undefined,
  ): Created {
    const records = this.#account(account);
    const id = this.#state.ids.next();
    records.put(list, {
      id,
      name: name ?? `${protocol} ${list.slice(0, -1)} ${records[list].size + 1}`,
      protocol,
      defaultInterval,
      details: JSON.stringify(details),
    });
    return { id };
  }

  addEntity(account: Ref, options: EntityOptions): Created {
    const records = this.#account(account);
    const entity: EntityRecord = {
      id: this.#state.ids.next(),
      name: options.name ?? `Device ${records.entities.size + 1}`,
      entityType: options.entityType ?? "device",
      parent: options.parent === undefined || options.parent === null ? null : idOf(options.parent),
      details: JSON.stringify(options.details ?? {}),
      ...rowsOf(options.protocols ?? {}),
    };
    records.entities.set(entity.id, entity);
    records.changed();
    return { id: entity.id };
  }

  updateEntity(account: Ref, entity: Ref, changes: Omit<EntityOptions, "parent">): void {
    const records = this.#account(account);
    const record = records.entities.get(idOf(entity));
    if (record === undefined) throw notFound("entity", entity);
    const { name, entityType, details, protocols } = changes;
    if (name !== undefined) record.name = name;
    if (entityType !== undefined) record.entityType = entityType;
    if (details !== undefined) record.details = JSON.stringify(details);
    if (protocols !== undefined) Object.assign(record, rowsOf(protocols));
    records.changed();
  }

  #account(ref: Ref): AccountRecords {
    const account = this.#state.accounts.get(idOf(ref));
    if (account === undefined) throw notFound("account", ref);
    return account;
  }

  #bot(ref: Ref): BotRecord {
    const bot = this.#state.users.bot(idOf(ref));
    if (bot === undefined) throw notFound("bot", ref);
    return bot;
  }
}

/** The id of a record. */
export function idOf(ref: Ref): number {
  return typeof ref === "number" ? ref : ref.id;
}

function notFound(kind: string, ref: Ref): RangeError {
  return new RangeError(`Cannot find ${kind} ${idOf(ref)} in the sandbox: add it first`);
}

function grantsOf(bot: BotRecord, grants: Grants): readonly Grant[] {
  if (typeof grants !== "string") return grants;
  if (grants === "none") return [];
  if (grants === "all") {
    return [{ prefix: bot.account === null ? "accounts" : `accounts/${bot.account}` }];
  }
  return bot.account === null ? [] : uiPermissions(bot.account);
}

function rowsOf(
  protocols: Readonly<Record<string, EntityProtocol>>,
): Pick<EntityRecord, "credentials" | "bots" | "sensors"> {
  const uses = Object.values(protocols);
  return {
    credentials: uses.map(({ credential }) => idOf(credential)),
    bots: uses.flatMap(({ bot }) => bot === undefined || bot === null ? [] : [idOf(bot)]),
    sensors: uses.flatMap(({ sensors = [] }) =>
      sensors.map((row) =>
        typeof row === "object" && "sensor" in row
          ? { sensor: idOf(row.sensor), interval: row.interval ?? null }
          : { sensor: idOf(row), interval: null }
      )
    ),
  };
}
