import { PythonError } from "./python_json.ts";

/** The state of the database. */
export class Database {
  /** Whether the tables exist. */
  migrated: boolean;
  /** Whether the first user exists. */
  userExists: boolean;
  #stopped = false;
  #staleConnections = 0;

  constructor(ready: boolean) {
    this.migrated = ready;
    this.userExists = ready;
  }

  /** Lets every query fail until {@linkcode start}. */
  stop(): void {
    this.#stopped = true;
  }

  /** Starts again; each worker still has a dead connection, on which its next query fails. */
  start(workers: number): void {
    this.#stopped = false;
    this.#staleConnections = workers;
  }

  /** @throws {PythonError} If the database is stopped or the connection is dead. */
  connect(): void {
    if (this.#stopped) throw new PythonError("DBConnectionError");
    if (this.#staleConnections > 0) {
      this.#staleConnections--;
      throw new PythonError("OperationalError: server closed the connection unexpectedly");
    }
  }

  /** @throws {PythonError} As {@linkcode connect}, and if there are no tables yet. */
  query(): void {
    this.connect();
    if (!this.migrated) throw new PythonError("UndefinedTable");
  }
}
