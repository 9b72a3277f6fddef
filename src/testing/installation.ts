import type { AccountRecords, EntityRecord } from "./backend/account_records.ts";
import { addDefaultRecords } from "./backend/default_records.ts";
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
  Ref,
  SensorOptions,
} from "./installation_options.ts";
import { uiPermissions } from "./backend/permission.ts";
import { State, type UserRecord } from "./backend/state.ts";

/** What an {@linkcode Installation} can be told. */
export interface InstallationOptions {
  /** The current time, in milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Random numbers from 0 to 1, for ids and tokens. @default Math.random */
  readonly random?: () => number;
  /** Whether the database is migrated and has its first user. @default true */
  readonly ready?: boolean;
}

/** Gives the sandbox, and nobody else, the data of an installation. */
export let stateOf: (installation: Installation) => State;

/**
 * The set-up of a sandbox, which a test can change at any time: a {@linkcode Sandbox} is one.
 *
 * Records are named by their id, or by anything that has one, such as what `add…` returned. An account, a bot, or a
 * record to change that is not there is a `RangeError`. To remove what is not there does nothing, and what the
 * `protocols` of an entity name is not looked at.
 *
 * @example
 * ```ts
 * import { Sandbox } from "@grafolean/collector/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const sandbox = new Sandbox();
 * const account = sandbox.addAccount();
 * const bot = sandbox.addBot({ protocol: "ping", account });
 * const credential = sandbox.addCredential(account, { protocol: "ping" });
 * const sensor = sandbox.addSensor(account, { protocol: "ping", defaultInterval: 60 });
 * const device = sandbox.addEntity(account, {
 *   name: "router",
 *   details: { ipv4: "10.0.0.1" },
 *   protocols: { ping: { credential, bot, sensors: [{ sensor, interval: 300 }] } },
 * });
 * sandbox.updateSensor(account, sensor, { defaultInterval: 30 });
 * sandbox.removeEntity(account, device);
 * const response = await sandbox.fetch(
 *   `http://sandbox/api/accounts/${account.id}/entities?b=${bot.token}`,
 * );
 * assertEquals(await response.json(), { list: [] });
 * ```
 */
export class Installation {
  readonly #state: State;

  static {
    stateOf = (installation) => installation.#state;
  }

  /** Makes an empty installation. */
  constructor(options: InstallationOptions = {}) {
    const { now = () => Date.now(), random = Math.random, ready = true } = options;
    this.#state = new State(now, random, ready);
  }

  /** Adds an account. */
  addAccount(options: AccountOptions = {}): Account {
    const id = options.id === undefined ? this.#state.newId() : this.#state.takeId(options.id);
    const name = options.name ?? `Account ${this.#state.accounts.size + 1}`;
    const account = this.#state.addAccount(name, id);
    if (options.defaults) addDefaultRecords(account, this.#state.newId);
    return { id, name };
  }

  /** Removes an account and everything in it, its bots too. */
  removeAccount(account: Ref): void {
    const id = idOf(account);
    this.#state.accounts.delete(id);
    for (const user of [...this.#state.users.values()]) {
      if (user.account === id) this.#state.deleteUser(user.id);
    }
  }

  /** Adds a bot. */
  addBot(options: BotOptions): Bot {
    const account = options.account === undefined ? null : idOf(options.account);
    if (account !== null) this.#account(account);
    const user = this.#state.addUser({
      id: this.#state.newId(),
      type: "bot",
      name: options.name ?? `${options.protocol ?? "custom"} bot`,
      protocol: options.protocol,
      account,
      config: "null",
      token: (options.token ?? this.#state.newToken()).toLowerCase(),
      permissions: [],
      insertTime: Math.floor(this.#state.now() / 1000),
      lastLogin: null,
    });
    this.grant(user, options.permissions ?? (account === null ? "all" : "ui"));
    return { id: user.id, protocol: user.protocol, token: user.token };
  }

  /**
   * Adds a person who is logged in.
   *
   * @returns The id, and the text of the `Authorization` header that acts as this person.
   */
  addPerson(
    options: { readonly name?: string; readonly permissions?: readonly Grant[] } = {},
  ): Created & { readonly authorization: string } {
    const user = this.#state.addUser({
      id: this.#state.newId(),
      type: "person",
      name: options.name ?? "Person",
      protocol: null,
      account: null,
      config: "null",
      token: `1:${this.#state.newToken()}`,
      permissions: [],
      insertTime: Math.floor(this.#state.now() / 1000),
      lastLogin: null,
    });
    this.grant(user, options.permissions ?? [{ prefix: null }]);
    return { id: user.id, authorization: `Bearer ${user.token}` };
  }

  /** Changes the protocol of a bot, which takes it away from all entities that it served. */
  updateBot(bot: Ref, changes: { readonly protocol: string | null }): void {
    this.#user(bot).protocol = changes.protocol;
    this.#state.botsChanged();
  }

  /** Deletes a bot: its token is refused from the next request on, and its entities are left without a bot. */
  removeBot(bot: Ref): void {
    this.#state.deleteUser(idOf(bot));
  }

  /** Grants permissions besides those that are there. */
  grant(bot: Ref, grants: Grants): void {
    const user = this.#user(bot);
    const added = grantsOf(user, grants).map(({ prefix, methods = null }) => ({
      id: this.#state.newId(),
      prefix: prefix === null ? null : prefix.replace(/\/+$/, ""),
      methods,
    }));
    user.permissions = [...user.permissions, ...added];
  }

  /** Takes all permissions away: the token is still good, but not for much. */
  revoke(bot: Ref): void {
    this.#user(bot).permissions = [];
  }

  /** Adds a credential. */
  addCredential(account: Ref, options: CredentialOptions): Created {
    const { credentials } = this.#account(account);
    const name = options.name ?? `${options.protocol} credential ${credentials.size + 1}`;
    const id = this.#state.newId();
    const details = JSON.stringify(options.details ?? {});
    credentials.set(id, { id, name, protocol: options.protocol, details });
    this.#account(account).changed();
    return { id };
  }

  /** Changes a credential. */
  updateCredential(account: Ref, credential: Ref, changes: Partial<CredentialOptions>): void {
    this.#change(this.#account(account), "credentials", credential, {
      ...picked(changes, "name", "protocol"),
      ...(changes.details && { details: JSON.stringify(changes.details) }),
    });
  }

  /** Deletes a credential; the protocol vanishes from the entities that used it. */
  removeCredential(account: Ref, credential: Ref): void {
    this.#account(account).delete("credentials", idOf(credential));
  }

  /** Adds a sensor. */
  addSensor(account: Ref, options: SensorOptions): Created {
    const { sensors } = this.#account(account);
    const id = this.#state.newId();
    sensors.set(id, {
      id,
      name: options.name ?? `${options.protocol} sensor ${sensors.size + 1}`,
      protocol: options.protocol,
      defaultInterval: options.defaultInterval ?? null,
      details: JSON.stringify(options.details ?? {}),
    });
    this.#account(account).changed();
    return { id };
  }

  /** Changes a sensor. */
  updateSensor(account: Ref, sensor: Ref, changes: Partial<SensorOptions>): void {
    this.#change(this.#account(account), "sensors", sensor, {
      ...picked(changes, "name", "protocol", "defaultInterval"),
      ...(changes.details && { details: JSON.stringify(changes.details) }),
    });
  }

  /** Deletes a sensor, from all entities too. */
  removeSensor(account: Ref, sensor: Ref): void {
    this.#account(account).delete("sensors", idOf(sensor));
  }

  /** Adds an entity: a device, unless told otherwise. */
  addEntity(account: Ref, options: EntityOptions = {}): Created {
    const records = this.#account(account);
    const entity: EntityRecord = {
      id: this.#state.newId(),
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

  /** Changes an entity; `protocols` replaces all of them. */
  updateEntity(account: Ref, entity: Ref, changes: Omit<EntityOptions, "parent">): void {
    this.#change(this.#account(account), "entities", entity, {
      ...picked(changes, "name", "entityType"),
      ...(changes.details && { details: JSON.stringify(changes.details) }),
      ...(changes.protocols && rowsOf(changes.protocols)),
    });
  }

  /** Deletes an entity, and those that are parts of it. */
  removeEntity(account: Ref, entity: Ref): void {
    this.#account(account).delete("entities", idOf(entity));
  }

  #change(
    account: AccountRecords,
    list: "entities" | "credentials" | "sensors",
    ref: Ref,
    changes: object,
  ): void {
    const record = account[list].get(idOf(ref));
    if (record === undefined) throw missing(list, ref);
    Object.assign(record, changes);
    account.changed();
  }

  #account(ref: Ref): AccountRecords {
    const account = this.#state.accounts.get(idOf(ref));
    if (account === undefined) throw missing("accounts", ref);
    return account;
  }

  #user(ref: Ref): UserRecord {
    const user = this.#state.users.get(idOf(ref));
    if (user === undefined) throw missing("bots", ref);
    return user;
  }
}

/** The id of something that is named by it or has it. */
export function idOf(ref: Ref): number {
  return typeof ref === "number" ? ref : ref.id;
}

function missing(list: string, ref: Ref): RangeError {
  return new RangeError(`Cannot find ${idOf(ref)} among the ${list} of the sandbox: add it first`);
}

function picked<T extends object>(from: T, ...keys: (keyof T)[]): Partial<T> {
  const result: Partial<T> = {};
  for (const key of keys) if (from[key] !== undefined) result[key] = from[key];
  return result;
}

function grantsOf(user: UserRecord, grants: Grants): readonly Grant[] {
  if (typeof grants !== "string") return grants;
  if (grants === "none") return [];
  if (grants === "all") {
    return [{ prefix: user.account === null ? "accounts" : `accounts/${user.account}` }];
  }
  return user.account === null ? [] : uiPermissions(user.account);
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
