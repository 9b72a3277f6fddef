import { delay } from "@std/async/delay";
import { Sandbox } from "../../src/testing/mod.ts";
import { FAULT_KINDS } from "../faults/fault_kinds.ts";
import { Front } from "../faults/front.ts";
import { random, SEED } from "../faults/random.ts";
import { DEVICES, type Incident, intervalsOf, type Script, startTsOf } from "./script.ts";

/** An interval of a device, and from when to when it has it, in the time of the slots. */
export interface Lifetime {
  readonly n: number;
  readonly interval: number;
  readonly from: number;
  to: number;
}

const ACCOUNTS = 5;
const SLOW_MS = 3000;
const RESTART_MS = 5000;

/** The faults of requests by incident, and the share of the requests that they hit. */
const FAULTS: { readonly [Name in Incident]?: readonly [kinds: RegExp, share: number] } = {
  "500": [/^500/, 0.5],
  "resets": [/^reset/, 0.5],
  "no answers": [/^(silent|stalls)/, 0.3],
  "token refused": [/^401$/, 1],
  "502 and 503": [/^50[23]/, 0.8],
  "login page": [/^200/, 1],
  // But none that only an administrator can mend.
  "any fault": [/^(?!40[134]|200|a redirect)/, 0.5],
};

/** A Grafolean with devices, a network in front of it, and an administrator, all of which follow the script. */
export class World {
  readonly sandbox: Sandbox = new Sandbox({ random: random(SEED) });
  readonly front: Front = new Front(this.sandbox);
  readonly bot: { readonly id: number; readonly token: string };
  /** The intervals of all devices that there ever were. */
  readonly lifetimes: Lifetime[] = [];
  readonly #script: Script;
  readonly #chance = random(SEED);
  readonly #accounts = Array.from({ length: ACCOUNTS }, () => {
    const { id } = this.sandbox.addAccount();
    return {
      id,
      credential: this.sandbox.addCredential(id, { protocol: "soak" }),
      sensors: new Map<number, { readonly id: number }>(),
    };
  });
  readonly #entities = new Map<number, number>();

  constructor(script: Script) {
    this.#script = script;
    this.bot = this.sandbox.addBot({ protocol: "soak", permissions: "all" });
    for (let n = 0; n < DEVICES; n++) this.#save(n, intervalsOf(n));
  }

  /** Follows the script. */
  async run(bot: Deno.ChildProcess): Promise<void> {
    for (const [part, { incident, from, to, edit, end }] of this.#script.parts.entries()) {
      await until(from);
      await this.#begin(incident, bot);
      await until(to);
      await this.#finish(incident, bot);
      await until(edit);
      if (part > 0 && end < this.#script.end) this.#edit(part);
    }
  }

  async #begin(incident: Incident, bot: Deno.ChildProcess): Promise<void> {
    const { front, sandbox } = this;
    if (incident === "suspend") bot.kill("SIGSTOP");
    if (incident === "outage") await front.down();
    if (incident === "database down") sandbox.stopDatabase();
    if (incident === "slow answers") front.latencyMs = SLOW_MS;
    if (incident === "restart") {
      sandbox.restartDatabase();
      await front.down();
      await delay(RESTART_MS);
      await front.up();
    }
    const [kinds, share] = FAULTS[incident] ?? [/^$/, 0];
    const actions = Object.entries(FAULT_KINDS).filter(([name]) => kinds.test(name));
    front.decide = () => {
      const [, action] = actions[Math.floor(this.#chance() * actions.length)] ?? [];
      return action !== undefined && this.#chance() < share ? action : "pass";
    };
  }

  async #finish(incident: Incident, bot: Deno.ChildProcess): Promise<void> {
    this.front.decide = () => "pass";
    this.front.latencyMs = 0;
    if (incident === "database down") this.sandbox.startDatabase();
    if (incident === "suspend") bot.kill("SIGCONT");
    await this.front.up();
  }

  /** Adds, removes, renames and changes a device each. */
  #edit(part: number): void {
    this.#save(DEVICES + part, intervalsOf(DEVICES + part));
    this.#save(DEVICES - 100 + part, []);
    const [renamed, changed] = [DEVICES - 200 + part, DEVICES - 300 + part];
    this.#save(renamed, intervalsOf(renamed), `renamed in part ${part}`);
    this.#save(changed, intervalsOf(changed).map((interval) => interval === 60 ? 120 : interval));
  }

  /** Adds or changes a device, or takes its sensors away, and notes from when on it has which intervals. */
  #save(n: number, intervals: readonly number[], name = `device ${n}`): void {
    const { sandbox, bot } = this;
    const { id, credential, sensors: all } = this.#accounts[n % ACCOUNTS]!;
    const sensors = intervals.map((defaultInterval) => {
      const sensor = all.get(defaultInterval) ??
        sandbox.addSensor(id, { protocol: "soak", defaultInterval });
      all.set(defaultInterval, sensor);
      return sensor;
    });
    const device = {
      name,
      details: { n, startTs: startTsOf(n) },
      protocols: sensors.length === 0 ? {} : { soak: { credential, bot, sensors } },
    };
    const entity = this.#entities.get(n);
    if (entity === undefined) this.#entities.set(n, sandbox.addEntity(id, device).id);
    else sandbox.updateEntity(id, entity, device);

    const now = this.#script.slotTime(Date.now());
    const current = this.lifetimes.filter((life) => life.n === n && life.to === Infinity);
    for (const life of current) if (!intervals.includes(life.interval)) life.to = now;
    for (const interval of intervals) {
      if (current.some((life) => life.interval === interval)) continue;
      this.lifetimes.push({ n, interval, from: now, to: Infinity });
    }
  }
}

/** Waits until a moment of the simulated time. */
async function until(moment: number): Promise<void> {
  // Timers can be some ms early.
  while (Date.now() < moment) await delay(Math.max(1, moment - Date.now()));
}
