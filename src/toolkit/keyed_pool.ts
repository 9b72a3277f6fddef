/** Options for {@linkcode KeyedPool}. */
export interface KeyedPoolOptions<Config, Resource> {
  /** Opens a resource. If it throws, so does the use that needs the resource; the next use tries again. */
  readonly open: (config: Config, key: string) => Resource | Promise<Resource>;
  /** Closes a resource. Its errors are ignored. */
  readonly close: (resource: Resource, key: string) => void | Promise<void>;
  /**
   * How long a resource may be idle before it is closed, in seconds. Checked whenever the pool is used, so that no timer
   * keeps the process alive.
   *
   * @default 900
   */
  readonly idleAfter?: number | undefined;
}

interface PoolEntry<Resource> {
  readonly key: string;
  readonly fingerprint: string;
  readonly resource: Promise<Resource>;
  users: number;
  stale: boolean;
  lastUsed: number;
  closing: boolean;
}

/**
 * A pool of open resources, one per key, such as a session per device. A resource is opened on first use, shared by
 * concurrent uses, kept open for the next one, and closed when its config changes, when it has been idle for long, and by
 * {@linkcode KeyedPool.closeAll}, which a bot calls in `onStop()`.
 *
 * @typeParam Config What a resource is opened with: plain data, compared as JSON.
 * @typeParam Resource The type of the resources.
 *
 * @example
 * ```ts
 * import { KeyedPool } from "@grafolean/collector/toolkit";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const pool = new KeyedPool({
 *   open: (address: string) => ({ address, poll: () => log.push(`poll ${address}`) }),
 *   close: (session) => void log.push(`close ${session.address}`),
 * });
 * await pool.use("router", "10.0.0.1", (session) => session.poll());
 * await pool.use("router", "10.0.0.1", (session) => session.poll());
 * await pool.use("router", "10.0.0.9", (session) => session.poll());
 * await pool.closeAll();
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
  // Least recently used first.
  readonly #entries = new Map<string, PoolEntry<Resource>>();
  readonly #closing = new Set<Promise<void>>();
  #disposed = false;

  /** Constructs a new instance; nothing is open yet. */
  constructor(options: KeyedPoolOptions<Config, Resource>) {
    this.#options = options;
    this.#idleAfterMs = (options.idleAfter ?? 900) * 1000;
  }

  /** The number of resources that are open or opening, without those that are only waiting to be closed. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Calls a function with the resource of a key, which stays open during the call and after it.
   *
   * @param key The key, such as the id of a device.
   * @param config What to open the resource with. If it differs from that of the open resource, a new one is opened, and
   * the old one is closed once it is no longer in use.
   * @param work The function.
   * @returns The result of `work`.
   * @throws Whatever `open` or `work` throws. The resource stays open after an error of `work`; see
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
   * Removes the resource of a key that no longer works, so that the next use opens a new one. The resource is closed once
   * it is no longer in use.
   *
   * @param key The key of the resource.
   * @param resource The resource. If the pool has a different one for the key by now, that is kept.
   */
  async drop(key: string, resource: Resource): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && await entry.resource.catch(() => undefined) === resource) {
      this.#retire(entry);
    }
  }

  /** Closes all resources, including those in use. The next use opens a new one. */
  async closeAll(): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      this.#retire(entry);
      this.#close(entry);
    }
    await Promise.all(this.#closing);
  }

  /** Closes all resources, including those in use. Later uses throw. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.closeAll();
  }

  #enter(key: string, config: Config): PoolEntry<Resource> {
    const fingerprint = JSON.stringify(config) ?? "";
    const open = this.#entries.get(key);
    if (open !== undefined && open.fingerprint === fingerprint) {
      open.users++;
      return open;
    }
    if (open !== undefined) this.#retire(open);
    const entry: PoolEntry<Resource> = {
      key,
      fingerprint,
      resource: this.#open(config, key),
      users: 1,
      stale: false,
      lastUsed: performance.now(),
      closing: false,
    };
    this.#entries.set(key, entry);
    entry.resource.catch(() => this.#retire(entry));
    return entry;
  }

  #leave(entry: PoolEntry<Resource>): void {
    entry.users--;
    entry.lastUsed = performance.now();
    if (entry.stale) {
      if (entry.users === 0) this.#close(entry);
    } else {
      this.#entries.delete(entry.key);
      this.#entries.set(entry.key, entry);
    }
  }

  #closeIdle(): void {
    const limit = performance.now() - this.#idleAfterMs;
    for (const entry of this.#entries.values()) {
      if (entry.users > 0) continue;
      if (entry.lastUsed >= limit) return;
      this.#retire(entry);
    }
  }

  #retire(entry: PoolEntry<Resource>): void {
    entry.stale = true;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    if (entry.users === 0) this.#close(entry);
  }

  #close(entry: PoolEntry<Resource>): void {
    if (entry.closing) return;
    entry.closing = true;
    const closed = this.#release(entry).finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  async #open(config: Config, key: string): Promise<Resource> {
    return await this.#options.open(config, key);
  }

  async #release(entry: PoolEntry<Resource>): Promise<void> {
    try {
      await this.#options.close(await entry.resource, entry.key);
    } catch {
      // It could not be opened or closed; there is nothing left to do.
    }
  }
}
