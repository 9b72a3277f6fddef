import { EventStream, type ServerEvent } from "../../web/event_stream.ts";
import type { AccountRecords } from "../backend/account_records.ts";
import type { StoredValue } from "../backend/value_table.ts";
import { accountTree } from "./account_tree.ts";
import type { FaultSwitches } from "./fault_switches.ts";

/** A value on its way to the page: short, since there may be thousands a second. The time is in UNIX seconds. */
export type ValueRow = readonly [
  accountId: number,
  path: string,
  time: number,
  text: string,
  /** Whether the path has had different values. */
  varies: boolean,
];

/** What the feed shows. */
interface LiveFeedOptions {
  /** The accounts. */
  readonly accounts: ReadonlyMap<number, AccountRecords>;
  /** The switches. */
  readonly switches: FaultSwitches;
  /** Whether a bot is shown beside. */
  readonly hasBot: boolean;
}

/** Short enough to look immediate. */
const TICK_MS = 250;
/** An event with more would be longer than what a viewer may lag behind. */
const MAX_ROWS = 5000;

/** Sends the pages that are open what changes: `state` (accounts), `faults` and `values`. */
export class LiveFeed implements Disposable {
  readonly #options: LiveFeedOptions;
  readonly #stream = new EventStream();
  readonly #latest = new Map<string, ValueRow>();
  readonly #timer: ReturnType<typeof setInterval>;
  /** Tells a page that everything has begun anew. */
  readonly #run = Date.now();
  #rows: ValueRow[] = [];
  #stored = 0;
  #missed = 0;
  #ticks = 0;
  readonly #sent = new Map<string, string>();

  /** Constructs a new {@linkcode LiveFeed} instance. Close it, as it has a timer. */
  constructor(options: LiveFeedOptions) {
    this.#options = options;
    for (const { id, values } of options.accounts.values()) {
      for (const value of values.values()) this.#keep(id, value);
    }
    this.#timer = setInterval(() => this.#send(), TICK_MS);
  }

  /** Answers the request of a page for its events. */
  response(request: Request): Response {
    return this.#stream.response(request, () => this.#initial());
  }

  /** Adds values as they are stored. */
  add(values: readonly StoredValue[]): void {
    for (const value of values) {
      const row = this.#keep(value.accountId, value);
      if (this.#stream.viewers === 0) continue;
      if (this.#rows.length < MAX_ROWS) this.#rows.push(row);
      else this.#missed++;
    }
  }

  /** Sends the state of the switches now. */
  sendFaults(): void {
    this.#sendChanged("faults", this.#options.switches.list());
  }

  /** Ends the streams of all pages. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#stream[Symbol.dispose]();
  }

  #keep(accountId: number, { p, t, text }: StoredValue): ValueRow {
    const key = `${accountId} ${p}`;
    const [, , newest, last, varied] = this.#latest.get(key) ?? [];
    const varies = varied === true || (last !== undefined && last !== text);
    const row: ValueRow = [accountId, p, t, text, varies];
    this.#stored++;
    // Late values come after newer ones.
    if (!(newest !== undefined && newest > t)) this.#latest.set(key, row);
    return row;
  }

  *#initial(): Iterable<ServerEvent> {
    // Paths may have been deleted meanwhile.
    const rows = [...this.#latest.values()].filter(([id, path]) =>
      this.#options.accounts.get(id)?.values.hasPath(path)
    );
    yield this.#initialOf("state", this.#state());
    yield this.#initialOf("faults", this.#options.switches.list());
    yield { event: "values", data: this.#values(rows, 0) };
  }

  #send(): void {
    if (this.#stream.viewers === 0) {
      this.#rows = [];
      this.#missed = 0;
      return;
    }
    // There may be thousands of devices, which seldom change.
    if (this.#ticks++ % 4 === 0) this.#sendChanged("state", this.#state());
    this.sendFaults();
    if (this.#rows.length === 0) return;
    this.#stream.send("values", this.#values(this.#rows, this.#missed));
    this.#rows = [];
    this.#missed = 0;
  }

  #state(): unknown {
    const { accounts, hasBot } = this.#options;
    return { run: this.#run, hasBot, accounts: accountTree(accounts.values()) };
  }

  #values(rows: readonly ValueRow[], missed: number): unknown {
    return { now: Date.now() / 1000, stored: this.#stored, missed, rows };
  }

  /** What was sent to the others last is a change for a page that begins with something else. */
  #initialOf(event: string, data: unknown): ServerEvent {
    if (JSON.stringify(data) !== this.#sent.get(event)) this.#sent.delete(event);
    return { event, data };
  }

  #sendChanged(event: string, data: unknown): void {
    const json = JSON.stringify(data);
    if (json === this.#sent.get(event)) return;
    this.#sent.set(event, json);
    this.#stream.send(event, data);
  }
}
