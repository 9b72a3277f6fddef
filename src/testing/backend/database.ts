import { PythonError } from "./python_json.ts";

/** Whether the database of the sandbox answers, and how far its installation has come. */
export class Database {
  /** Whether the tables exist. */
  migrated: boolean;
  /** Whether somebody has created the first user. */
  userExists: boolean;
  #stopped = false;
  #staleConnections = 0;

  /** Makes a database that is ready, or one that is empty. */
  constructor(ready: boolean) {
    this.migrated = ready;
    this.userExists = ready;
  }

  /** Stops: every query fails until {@linkcode start}. */
  stop(): void {
    this.#stopped = true;
  }

  /** Starts again; each worker still holds one connection that is dead, and notices at its next request. */
  start(workers: number): void {
    this.#stopped = false;
    this.#staleConnections = workers;
  }

  /**
   * What every query does first.
   *
   * @throws {PythonError} If the database is away, or if this is the first query on a dead connection.
   */
  connect(): void {
    if (this.#stopped) throw new PythonError("DBConnectionError");
    if (this.#staleConnections > 0) {
      this.#staleConnections--;
      throw new PythonError("OperationalError: server closed the connection unexpectedly");
    }
  }

  /**
   * A query on a table.
   *
   * @throws {PythonError} As {@linkcode connect}, and if there are no tables yet.
   */
  query(): void {
    this.connect();
    if (!this.migrated) throw new PythonError("UndefinedTable");
  }
}
