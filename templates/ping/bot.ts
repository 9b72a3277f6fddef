import {
  Collector,
  type EntityInfo,
  intervalsOf,
  type JobContext,
  type PerformJob,
  ProblemLog,
} from "@grafolean/collector";
import { delay } from "@std/async/delay";
import { type Ping, ping } from "./ping.ts";
import type { PingResult } from "./ping_output.ts";
import { longestRun, type PingSettings, readSettings } from "./settings.ts";

/** The name by which Grafolean knows what this bot does. */
const PROTOCOL = "ping";

/** What Grafolean knows about a device. The field takes any text: IPv6 addresses and names are welcome too. */
type Details = { ipv4?: unknown } | null;

/** What a job needs to know. */
interface Target extends Pick<EntityInfo, "accountId" | "entityId" | "name"> {
  readonly host: string;
  readonly settings: PingSettings;
}

/** The bot: one job for each device, which runs whenever a sensor of the device is due. */
export class PingBot extends Collector {
  /** Sends one packet. Tests put something else in its place. */
  protected readonly ping: Ping = ping;
  readonly #problems = new ProblemLog(this.log);

  override async *jobs() {
    const problems = new Map<string, string>();
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const { accountId, entityId, name, details } = device;
      const host = typeof details?.ipv4 === "string" ? details.ipv4.trim() : "";
      if (host === "") {
        problems.set(name, `Cannot ping "${name}" as it has no address: set one in Grafolean`);
        continue;
      }
      const settings = readSettings(device.credentialDetails, (problem) => {
        // Many devices have the same credential: it is enough to hear of one.
        problems.set(problem, `In the ping credential of "${name}", ${problem}`);
      });
      const target: Target = { accountId, entityId, name, host, settings };
      yield {
        jobId: `${entityId}`,
        intervals: intervalsOf(device),
        performJob: this.#pingDevice,
        jobParams: target,
        timeout: longestRun(settings) + 60,
      };
    }
    this.#problems.report(problems.values());
  }

  readonly #pingDevice: PerformJob<Target> = async (_affectingIntervals, target, context) => {
    const { accountId, entityId, name, settings: { n_packets } } = target;
    const rtts: (number | undefined)[] = new Array(n_packets).fill(undefined);
    let failure: string | undefined;
    for (let i = 0; i < n_packets && failure === undefined; i++) {
      if (i > 0) await delay(target.settings.sleep_packets * 1000, { signal: context.signal });
      const result = await this.#sendPacket(target, context);
      if (result.status === "answered") rtts[i] = result.rtt;
      else if (result.status === "failed") failure = result.reason;
    }
    await context.sendResults(accountId, valuesOf(`entity.${entityId}.ping`, rtts));
    if (failure !== undefined) throw new Error(`Cannot ping "${name}" as ${failure}`);
  };

  /** Sends a packet, again if need be: all tries share the timeout. */
  async #sendPacket({ host, settings }: Target, { signal }: JobContext): Promise<PingResult> {
    const timeout = settings.timeout / (settings.retry + 1);
    let result = await this.ping({ host, timeout, signal });
    for (let again = 0; again < settings.retry && result.status === "lost"; again++) {
      result = await this.ping({ host, timeout, signal });
    }
    return result;
  }
}

function valuesOf(path: string, rtts: (number | undefined)[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [i, rtt] of rtts.entries()) {
    values[`${path}.p${i}.ok`] = rtt === undefined ? 0 : 1;
    if (rtt !== undefined) values[`${path}.p${i}.rtt`] = rtt; // seconds
  }
  values[`${path}.success`] = rtts.filter((rtt) => rtt !== undefined).length / rtts.length;
  return values;
}
