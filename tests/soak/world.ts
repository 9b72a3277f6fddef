import { delay } from "@std/async/delay";
import { Sandbox } from "../../src/testing/mod.ts";
import { FAULT_KINDS } from "../faults/fault_kinds.ts";
import { type Action, Front } from "../faults/front.ts";
import { random, SEED } from "../faults/random.ts";
import type { Lifetime } from "./expected_slots.ts";
import { DEVICES, type Incident, intervalsOf, PARTS, type Script, startTsOf } from "./script.ts";

const ACCOUNTS = 5;
const INTERVALS = [60, 120, 300, 900, 3600];

/** Faults that somebody has to do something about, so that they are no part of "any fault". */
const DENIAL = /^(40[134]|200|a redirect)/;

/** The faults of requests by incident, and how many requests they meet. */
const FAULTS: { readonly [Name in Incident]?: readonly [kinds: RegExp, share: number] } = {
  "500": [/^500/, 0.5],
  "resets": [/^reset/, 0.5],
  "no answers": [/^(silent|stalls)/, 0.3],
  "token refused": [/^401$/, 1],
  "502 and 503": [/^50[23]/, 0.8],
  "login page": [/^200/, 1],
  "any fault": [/./, 0.5],
};

const SLOW_MS = 3000;
const RESTART_MS = 5000;

interface Device {
  readonly id: number;
  readonly account: number;
  intervals: number[];
}

/** A Grafolean with devices, a network in front of it, and an administrator, all of which follow the script. */
export class World {
  readonly sandbox: Sandbox = new Sandbox({ random: random(SEED) });
  readonly front: Front = new Front(this.sandbox);
  readonly token: string;
  /** The intervals of all devices that there ever were. */
  readonly lifetimes: Lifetime[] = [];
  readonly #script: Script;
  readonly #bot: { readonly id: number };
  readonly #accounts = Array.from({ length: ACCOUNTS }, () => this.#addAccount());
  readonly #devices = new Map<number, Device>();
  readonly #chance = random(SEED);

  constructor(script: Script) {
    this.#script = script;
    const bot = this.sandbox.addBot({ protocol: "soak", permissions: "all" });
    this.#bot = bot;
    this.token = bot.token;
    for (let n = 0; n < DEVICES; n++) this.#add(n, script.start);
  }

  /** Lets everything happen in time. Resolves at the end. */
  async run(bot: Deno.ChildProcess): Promise<void> {
    for (let part = 0; part < PARTS; part++) {
      const { from, to } = this.#script.periodIn(part);
      const incident = this.#script.incidentIn(part);
      await until(from);
      if (incident !== undefined) await this.#let(incident, to, bot);
      await until(this.#script.editAt(part));
      if (part > 0 && part < PARTS - 1) this.#edit(part);
    }
    await until(this.#script.end);
  }

  async #let(incident: Incident, to: number, bot: Deno.ChildProcess): Promise<void> {
    const { front, sandbox } = this;
    if (incident === "suspend") bot.kill("SIGSTOP");
    else if (incident === "outage") await front.down();
    else if (incident === "database down") sandbox.stopDatabase();
    else if (incident === "slow answers") front.latencyMs = SLOW_MS;
    else if (incident === "restart") {
      sandbox.restartDatabase();
      await front.down();
      await delay(RESTART_MS);
      await front.up();
    }
    const [kinds, share] = FAULTS[incident] ?? [];
    if (kinds !== undefined && share !== undefined) {
      const actions: readonly Action[] = Object.entries(FAULT_KINDS)
        .filter(([name]) => kinds.test(name) && (incident !== "any fault" || !DENIAL.test(name)))
        .map(([, action]) => action);
      front.decide = () => {
        const action = actions[Math.floor(this.#chance() * actions.length)]!;
        return this.#chance() < share ? action : "pass";
      };
    }
    await until(to);
    front.decide = () => "pass";
    front.latencyMs = 0;
    if (incident === "database down") sandbox.startDatabase();
    await front.up();
    if (incident === "suspend") bot.kill("SIGCONT");
  }

  /** Adds, removes, renames and changes a device each. */
  #edit(part: number): void {
    this.#add(DEVICES + part, Date.now());
    this.#change(DEVICES - 100 + part, { protocols: {} }, []);
    this.#change(DEVICES - 200 + part, { name: `renamed in part ${part}` });
    const changed = DEVICES - 300 + part;
    const intervals = this.#devices.get(changed)!.intervals
      .map((interval) => interval === 60 ? 120 : interval);
    this.#change(changed, {}, intervals);
  }

  #addAccount() {
    const { id } = this.sandbox.addAccount();
    const credential = this.sandbox.addCredential(id, { protocol: "soak" });
    const sensors = new Map(INTERVALS.map((defaultInterval) => [
      defaultInterval,
      this.sandbox.addSensor(id, { protocol: "soak", defaultInterval }),
    ]));
    return { id, credential, sensors };
  }

  #add(n: number, now: number): void {
    const account = n % ACCOUNTS;
    const intervals = intervalsOf(n);
    const startTs = startTsOf(n, this.#script.start);
    const { id } = this.sandbox.addEntity(this.#accounts[account]!.id, {
      name: `device ${n}`,
      details: { n, ...(startTs === undefined ? {} : { startTs }) },
      protocols: this.#protocols(account, intervals),
    });
    this.#devices.set(n, { id, account, intervals: [] });
    this.#setIntervals(n, intervals, now);
  }

  #change(
    n: number,
    changes: { name?: string; protocols?: Record<string, never> },
    intervals?: number[],
  ) {
    const { id, account } = this.#devices.get(n)!;
    const protocols = intervals === undefined || changes.protocols !== undefined
      ? {}
      : { protocols: this.#protocols(account, intervals) };
    this.sandbox.updateEntity(this.#accounts[account]!.id, id, { ...protocols, ...changes });
    if (intervals !== undefined) this.#setIntervals(n, intervals, Date.now());
  }

  #protocols(account: number, intervals: readonly number[]) {
    const { credential, sensors } = this.#accounts[account]!;
    return {
      soak: {
        credential,
        bot: this.#bot,
        sensors: intervals.map((interval) => sensors.get(interval)!),
      },
    };
  }

  /** Notes from when on a device has which intervals. */
  #setIntervals(n: number, intervals: number[], now: number): void {
    const device = this.#devices.get(n)!;
    const slotNow = now + this.#script.slotOffset(now);
    for (const life of this.lifetimes) {
      if (life.n === n && life.to === Infinity && !intervals.includes(life.interval)) {
        life.to = slotNow;
      }
    }
    for (const interval of intervals) {
      if (!device.intervals.includes(interval)) {
        this.lifetimes.push({ n, interval, from: slotNow, to: Infinity });
      }
    }
    device.intervals = intervals;
  }
}

/** Waits until a moment of the simulated time. */
async function until(moment: number): Promise<void> {
  // Timers of more than 24 days do not exist, and of some hours may be some ms early.
  while (Date.now() < moment) await delay(Math.max(1, moment - Date.now()));
}
