import { AccountRecords } from "./account_records.ts";
import { Database } from "./database.ts";
import { Ids } from "./ids.ts";
import type { Permission } from "./permission.ts";
import { Sessions } from "./sessions.ts";
import { Users } from "./users.ts";

/** The data of one installation. */
export class State {
  readonly ids: Ids;
  readonly database: Database;
  readonly accounts: Map<number, AccountRecords> = new Map();
  readonly users: Users;
  readonly sessions: Sessions;
  #lastMs = -1;
  #sameMs = 0;

  /**
   * @param random Random numbers from 0 to 1.
   * @param ready Whether the database is migrated and has its first user.
   */
  constructor(random: () => number, ready: boolean) {
    this.ids = new Ids(random);
    this.database = new Database(ready);
    this.users = new Users(this.ids);
    this.sessions = new Sessions(this.ids, this.database);
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

  addAccount(name: string, id: number = this.ids.next()): AccountRecords {
    const account = new AccountRecords(
      id,
      name,
      this.ids.next,
      (bot) => this.users.bot(bot)?.protocol,
    );
    this.accounts.set(id, account);
    return account;
  }

  /** Deletes a bot or person, if there is one; the entities of a bot are left without one. */
  deleteUser(id: number): void {
    this.users.delete(id);
    this.botsChanged();
  }

  /** Drops the cached lists, because the bots that entities show depend on the protocols of the bots. */
  botsChanged(): void {
    for (const account of this.accounts.values()) account.changed();
  }

  /** Adds a permission. As in the database, a slash at the end of the prefix is cut. */
  grant(user: { permissions: Permission[] }, permission: Omit<Permission, "id">): Permission {
    const { prefix, methods } = permission;
    const granted = { id: this.ids.next(), prefix: prefix?.replace(/\/+$/, "") ?? null, methods };
    user.permissions = [...user.permissions, granted];
    return granted;
  }
}
