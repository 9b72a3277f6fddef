import type { Ids } from "./ids.ts";
import type { Permission } from "./permission.ts";

/** A bot. */
export interface BotRecord {
  readonly type: "bot";
  readonly id: number;
  name: string;
  /** `null` for a custom bot. */
  protocol: string | null;
  /** The account that it is tied to; `null` for a systemwide bot. */
  readonly account: number | null;
  /** JSON text; `null` for none. */
  config: string | null;
  /** A UUID in lower case. */
  readonly token: string;
  readonly insertTime: number;
  lastLogin: number | null;
  permissions: Permission[];
}

/** Somebody who can log in. */
export interface PersonRecord {
  readonly type: "person";
  readonly id: number;
  name: string;
  email: string;
  username: string;
  password: string;
  timezone: string;
  permissions: Permission[];
}

export type UserRecord = BotRecord | PersonRecord;

/** The bots and people of one installation. */
export class Users {
  readonly #ids: Ids;
  readonly #users = new Map<number, UserRecord>();

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  get(id: number): UserRecord | undefined {
    return this.#users.get(id);
  }

  bot(id: number): BotRecord | undefined {
    const user = this.#users.get(id);
    return user?.type === "bot" ? user : undefined;
  }

  botByToken(token: string): BotRecord | undefined {
    return this.bots().find((bot) => bot.token === token.toLowerCase());
  }

  /** All bots, newest first. */
  bots(): BotRecord[] {
    return [...this.#users.values()].filter((user) => user.type === "bot").reverse();
  }

  /** All people, oldest first. */
  people(): PersonRecord[] {
    return [...this.#users.values()].filter((user) => user.type === "person");
  }

  /** Adds a bot without permissions. */
  addBot(
    fields: Pick<BotRecord, "name" | "protocol" | "account" | "config"> & { token?: string },
  ): BotRecord {
    const bot: BotRecord = {
      type: "bot",
      ...fields,
      id: this.#ids.next(),
      token: (fields.token ?? this.#ids.uuid()).toLowerCase(),
      insertTime: Math.floor(Date.now() / 1000),
      lastLogin: null,
      permissions: [],
    };
    this.#users.set(bot.id, bot);
    return bot;
  }

  /** Adds a person without permissions. */
  addPerson(fields: Omit<PersonRecord, "type" | "id" | "permissions">): PersonRecord {
    const id = this.#ids.next();
    const person: PersonRecord = { type: "person", ...fields, id, permissions: [] };
    this.#users.set(person.id, person);
    return person;
  }

  /** Deletes a bot or person, whose permissions end at once. */
  delete(id: number): void {
    const user = this.#users.get(id);
    if (user) user.permissions = [];
    this.#users.delete(id);
  }
}
