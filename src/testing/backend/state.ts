import { AccountRecords } from "./account_records.ts";
import { Database } from "./database.ts";
import type { Permission } from "./permission.ts";

/** Somebody who may log in: a bot, or a person. */
export interface UserRecord {
  readonly id: number;
  readonly type: "bot" | "person";
  readonly name: string;
  /** A bot's protocol; `null` for a custom bot, and for people. */
  protocol: string | null;
  /** The account that an account bot is tied to. */
  readonly account: number | null;
  /** The bot's config, as JSON text. */
  readonly config: string;
  /** The bot's token in lower case; what follows `Bearer ` for a person. */
  readonly token: string;
  permissions: Permission[];
  readonly insertTime: number;
  lastLogin: number | null;
}

/** The largest id, which is PostgreSQL's largest INTEGER. */
export const MAX_ID = 2_147_483_647;

/** The data of one sandbox. */
export class State {
  /** Whether the database answers. */
  readonly database: Database;
  /** Accounts by id. */
  readonly accounts: Map<number, AccountRecords> = new Map();
  /** Bots and people by id. */
  readonly users: Map<number, UserRecord> = new Map();
  readonly #byToken = new Map<string, UserRecord>();
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #ids = new Set<number>();
  #lastMs = -1;
  #sameMs = 0;

  /** Makes the data of an empty installation. */
  constructor(now: () => number, random: () => number, ready: boolean) {
    this.#now = now;
    this.#random = random;
    this.database = new Database(ready);
  }

  /** The current time, in milliseconds. */
  now(): number {
    return this.#now();
  }

  /**
   * The current time in microseconds, different at each call even where the clock has only milliseconds, since two
   * requests never have the same time on the real backend.
   */
  nowMicros(): number {
    const ms = Math.floor(this.#now());
    this.#sameMs = ms === this.#lastMs ? this.#sameMs + 1 : 0;
    this.#lastMs = ms;
    return ms * 1000 + this.#sameMs;
  }

  /** A random id that nothing else has. */
  newId = (): number => {
    while (true) {
      const id = 1 + Math.floor(this.#random() * MAX_ID);
      if (!this.#ids.has(id)) return this.takeId(id);
    }
  };

  /** Reserves an id that somebody has chosen. */
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

  /** Adds an empty account. */
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

  /** Adds a user. */
  addUser(user: UserRecord): UserRecord {
    this.users.set(user.id, user);
    this.#byToken.set(user.token, user);
    return user;
  }

  /** Deletes a user; entities that a bot was assigned to are left without one. */
  deleteUser(id: number): boolean {
    const user = this.users.get(id);
    if (user === undefined) return false;
    this.users.delete(id);
    this.#byToken.delete(user.token);
    this.botsChanged();
    return true;
  }

  /** Makes all accounts show their entities anew, since their bots depend on the bots' protocols. */
  botsChanged(): void {
    for (const account of this.accounts.values()) account.changed();
  }

  /** Finds a user by token. */
  userByToken(token: string): UserRecord | undefined {
    return this.#byToken.get(token);
  }
}
