/** What a {@linkcode KeyedPool} needs to know. */
export interface KeyedPoolOptions<Config, Resource> {
  /** Opens a resource. When it fails, so does the use that asked for it, and the next one tries again. */
  readonly open: (config: Config, key: string) => Resource | Promise<Resource>;
  /** Closes a resource. What it throws is not passed on: the pool is done with the resource either way. */
  readonly close: (resource: Resource, key: string) => void | Promise<void>;
  /**
   * How long a resource may lie unused before it is closed, in seconds. Looked at whenever the pool is used, so that
   * no timer keeps the program alive.
   *
   * @default 900
   */
  readonly idleAfter?: number | undefined;
  /** The current time in milliseconds. @default performance.now */
  readonly now?: (() => number) | undefined;
}

interface Entry<Resource> {
  readonly key: string;
  readonly fingerprint: string;
  readonly resource: Promise<Resource>;
  users: number;
  stale: boolean;
  lastUsed: number;
  closing: boolean;
}

/**
 * Keeps one open resource per key: a session with a device, a connection. It is opened at the first use, shared by uses
 * at the same time, kept open for the next one, and closed when its config changes, when nobody has used it for long, and
 * at the end.
 *
 * @typeParam Config What a resource is opened with; plain data, compared by its JSON.
 * @typeParam Resource What is kept open.
 *
 * @example
 * ```ts
 * import { KeyedPool } from "@grafolean/collector";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * {
 *   await using pool = new KeyedPool({
 *     open: (address: string) => ({ address, poll: () => log.push(`poll ${address}`) }),
 *     close: (session) => void log.push(`close ${session.address}`),
 *   });
 *   await pool.use("router", "10.0.0.1", (session) => session.poll());
 *   await pool.use("router", "10.0.0.1", (session) => session.poll());
 *   await pool.use("router", "10.0.0.9", (session) => session.poll());
 * }
 * assertEquals(log, [
 *   "poll 10.0.0.1",
 *   "poll 10.0.0.1",
 *   "close 10.0.0.1",
 *   "poll 10.0.0.9",
 *   "close 10.0.0.9",
 * ]);
 * ```
 */
export class KeyedPool<Config, Resource> implements AsyncDisposable {
  readonly #options: KeyedPoolOptions<Config, Resource>;
  readonly #idleAfterMs: number;
  readonly #now: () => number;
  // In the order of their last use, the longest unused first: Map keeps the order in which keys are set.
  readonly #entries = new Map<string, Entry<Resource>>();
  readonly #closing = new Set<Promise<void>>();
  #disposed = false;

  /** Makes a pool; nothing is open yet. */
  constructor(options: KeyedPoolOptions<Config, Resource>) {
    this.#options = options;
    this.#idleAfterMs = (options.idleAfter ?? 900) * 1000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** How many resources are open, or being opened, for the next use. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Does some work with the resource of a key, which stays open during the work and after it.
   *
   * @param key Names what the resource belongs to.
   * @param config What to open it with. When it differs from that of the open resource, a new one is opened, and the old
   * one closed as soon as nobody works with it.
   * @throws Whatever `open` or the work throws; the resource stays open after an error of the work, see
   * {@linkcode KeyedPool.drop}.
   * @throws {TypeError} If the pool is closed.
   */
  async use<T>(
    key: string,
    config: Config,
    work: (resource: Resource) => T | Promise<T>,
  ): Promise<T> {
    if (this.#disposed) throw new TypeError(`Cannot open "${key}" as the pool is closed`);
    const entry = this.#enter(key, config);
    this.#closeIdle();
    try {
      return await work(await entry.resource);
    } finally {
      this.#leave(entry);
    }
  }

  /**
   * Takes the resource of a key out of use, for when it no longer works: the next use opens a new one. It is closed as
   * soon as nobody works with it.
   *
   * @param resource Only if it is this one; a new one that somebody else has opened since stays.
   */
  async drop(key: string, resource: Resource): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && await entry.resource.catch(() => undefined) === resource) {
      this.#retire(entry);
    }
  }

  /** Closes everything, also what somebody still works with, and everything that is asked for later is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const entry of [...this.#entries.values()]) {
      this.#retire(entry);
      this.#close(entry);
    }
    await Promise.all(this.#closing);
  }

  #enter(key: string, config: Config): Entry<Resource> {
    const fingerprint = JSON.stringify(config) ?? "";
    const open = this.#entries.get(key);
    if (open !== undefined && open.fingerprint === fingerprint) {
      open.users++;
      return open;
    }
    if (open !== undefined) this.#retire(open);
    const entry: Entry<Resource> = {
      key,
      fingerprint,
      resource: this.#open(config, key),
      users: 1,
      stale: false,
      lastUsed: this.#now(),
      closing: false,
    };
    this.#entries.set(key, entry);
    entry.resource.catch(() => this.#retire(entry));
    return entry;
  }

  #leave(entry: Entry<Resource>): void {
    entry.users--;
    entry.lastUsed = this.#now();
    if (entry.stale) {
      if (entry.users === 0) this.#close(entry);
    } else {
      this.#entries.delete(entry.key);
      this.#entries.set(entry.key, entry);
    }
  }

  #closeIdle(): void {
    const limit = this.#now() - this.#idleAfterMs;
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue;
      if (entry.lastUsed >= limit) return;
      this.#retire(entry);
    }
  }

  #retire(entry: Entry<Resource>): void {
    entry.stale = true;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (entry.users === 0) this.#close(entry);
  }

  #close(entry: Entry<Resource>): void {
    if (entry.closing) return;
    entry.closing = true;
    const closed = this.#release(entry).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  async #open(config: Config, key: string): Promise<Resource> {
    return await this.#options.open(config, key);
  }

  async #release(entry: Entry<Resource>): Promise<void> {
    try {
      await this.#options.close(await entry.resource, entry.key);
    } catch {
      // It could not be opened, or not be closed: either way there is nothing left to do with it.
    }
  }
}
