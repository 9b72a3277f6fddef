// Of each of two generations. An entry takes about 40 bytes.
const MAX_CONNECTIONS = 50_000;

// Values of firewallEvent.
const CREATED = 1;
const DELETED = 2;
const UPDATED = 5;

/**
 * The connections of a firewall (Cisco ASA: NSEL) that were reported while they lasted. Such updates count the bytes since
 * the one before, also at the end of the connection, and then the teardown counts all of them once more. Short connections
 * have no updates, so all that counts for them is the teardown.
 */
export class Connections {
  // Those that were updated last. When these are too many, they replace the older ones.
  #latest = new Set<number>();
  #older = new Set<number>();

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return 40 * (this.#latest.size + this.#older.size);
  }

  /** Handles an event of a connection, and returns whether its bytes were counted before. */
  isCounted(event: number, id: number, bytes: number): boolean {
    if (event === UPDATED && bytes > 0) {
      this.#latest.add(id);
      if (this.#latest.size >= MAX_CONNECTIONS) {
        this.#older = this.#latest;
        this.#latest = new Set();
      }
    } else if (event === DELETED || event === CREATED) {
      // From now on the id may be that of another connection.
      const wasLatest = this.#latest.delete(id);
      const wasUpdated = this.#older.delete(id) || wasLatest;
      return wasUpdated && event === DELETED;
    }
    return false;
  }
}
