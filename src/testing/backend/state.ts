import { AccountRecords } from "./account_records.ts";
import { Database } from "./database.ts";
import type { Permission } from "./permission.ts";

/** A bot, or a person who can log in. */
export interface UserRecord {
  readonly id: number;
  readonly type: "bot" | "person";
  readonly name: string;
  /** A bot's protocol; `null` for a custom bot and for people. */
  protocol: string | null;
  /** The account that an account bot is tied to. */
  readonly account: number | null;
  /** The bot's token in lower case; for a person, the part of the header after `Bearer `. */
  readonly token: string;
  permissions: Permission[];
  readonly insertTime: number;
  lastLogin: number | null;
}

/** PostgreSQL's largest INTEGER. */
export const MAX_ID = 2_147_483_647;

/** The data of one installation. */
export class State {
  readonly database: Database;
  readonly accounts: Map<number, AccountRecords> = new Map();
  readonly users: Map<number, UserRecord> = new Map();
  readonly #byToken = new Map<string, UserRecord>();
  readonly #random: () => number;
  readonly #ids = new Set<number>();
  #lastMs = -1;
  #sameMs = 0;

  /**
   * @param random Random numbers from 0 to 1.
   * @param ready Whether the database is migrated and has its first user.
   */
  constructor(random: () => number, ready: boolean) {
    this.#random = random;
    this.database = new Database(ready);
  }

  /**
   * The current time in microseconds, different at each call although the clock has only milliseconds, because on the
   * real backend no two requests have the same time.
   */
  nowMicros(): number {
    const ms = Date.now();
    this.#sameMs = ms === this.#lastMs ? this.#sameMs + 1 : 0;
    this.#lastMs = ms;
    return ms * 1000 + this.#sameMs;
  }

  /** A random id that is not in use. */
  newId = (): number => {
    while (true) {
      const id = 1 + Math.floor(this.#random() * MAX_ID);
      if (!this.#ids.has(id)) return this.takeId(id);
    }
  };

  /** Reserves an id. */
  takeId(id: number): number {
    this.#ids.add(id);
    return id;
  }

  /** A random UUID. */
  newToken(): string {
    const digits = (count: number): string =>
      Array.from({ length: count }, () => Math.floor(this.#random() * 16).toString(16)).join("");
    const variant = "89ab"[Math.floor(this.#random() * 4)];
    return `${digits(8)}-${digits(4)}-4${digits(3)}-${variant}${digits(3)}-${digits(12)}`;
  }

  addAccount(name: string, id: number): AccountRecords {
    const account = new AccountRecords(
      id,
      name,
      this.newId,
      (bot) => this.users.get(bot)?.protocol,
    );
    this.accounts.set(id, account);
    return account;
  }

  addUser(
    fields: Pick<UserRecord, "type" | "name" | "protocol" | "account" | "token">,
  ): UserRecord {
    const user: UserRecord = {
      ...fields,
      id: this.newId(),
      permissions: [],
      insertTime: Math.floor(Date.now() / 1000),
      lastLogin: null,
    };
    this.users.set(user.id, user);
    this.#byToken.set(user.token, user);
    return user;
  }

  /** Deletes a user; the entities of a bot are left without one. */
  deleteUser(id: number): void {
    const user = this.users.get(id);
    if (user === undefined) return;
    this.users.delete(id);
    this.#byToken.delete(user.token);
    this.botsChanged();
  }

  /** Drops the cached lists, because the bots that entities show depend on the protocols of the bots. */
  botsChanged(): void {
    for (const account of this.accounts.values()) account.changed();
  }

  userByToken(token: string): UserRecord | undefined {
    return this.#byToken.get(token);
  }
}
