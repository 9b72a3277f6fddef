import {
  Collector,
  type CollectorOptions,
  type EntityInfo,
  intervalsOf,
  type Job,
  type JobContext,
  type PerformJob,
} from "@grafolean/collector";
import { delay } from "@std/async/delay";
import { type Ping, ping } from "./ping.ts";
import type { PingResult } from "./ping_output.ts";
import { maxRunTimeS, type PingSettings, readSettings } from "./settings.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "ping";

/** Details of a device. The field accepts any text, so IPv6 addresses and names work too. */
type Details = { ipv4?: unknown } | null;

/** A device to ping. */
interface Target extends Pick<EntityInfo, "accountId" | "entityId" | "name"> {
  readonly host: string;
  readonly settings: PingSettings;
}

/** Options for {@linkcode PingBot}. */
export interface PingBotOptions extends CollectorOptions {
  /** Sends one packet, for tests. @default ping */
  readonly ping?: Ping;
}

/** The bot: one job per device, which runs whenever a sensor of the device is due. */
export class PingBot extends Collector<PingBotOptions> {
  readonly #ping = this.options.ping ?? ping;

  override async *jobs(): AsyncGenerator<Job<Target>> {
    const problems: string[] = [];
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const { accountId, entityId, name, details, credentialName } = device;
      const host = typeof details?.ipv4 === "string" ? details.ipv4.trim() : "";
      if (host === "") {
        problems.push(`Cannot ping "${name}" as it has no address: set one in Grafolean`);
        continue;
      }
      const settings = readSettings(device.credentialDetails, (problem) => {
        problems.push(`Credential "${credentialName}": ${problem}`);
      });
      const target: Target = { accountId, entityId, name, host, settings };
      yield {
        jobId: `${entityId}`,
        name,
        intervals: intervalsOf(device),
        performJob: this.#pingDevice,
        jobParams: target,
        timeout: maxRunTimeS(settings) + 60,
      };
    }
    // Devices share credentials: equal messages are one problem.
    this.problems.report("devices", problems);
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
    await context.sendResults(accountId, toValues(`entity.${entityId}.ping`, rtts));
    if (failure !== undefined) throw new Error(`Cannot ping "${name}" as ${failure}`);
  };

  /** Sends a packet, and again while it is lost and retries are left. All attempts share the timeout. */
  async #sendPacket({ host, settings }: Target, { signal }: JobContext): Promise<PingResult> {
    const timeout = settings.timeout / (settings.retry + 1);
    let result = await this.#ping({ host, timeout, signal });
    for (let retry = 0; retry < settings.retry && result.status === "lost"; retry++) {
      result = await this.#ping({ host, timeout, signal });
    }
    return result;
  }
}

function toValues(path: string, rtts: (number | undefined)[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [i, rtt] of rtts.entries()) {
    values[`${path}.p${i}.ok`] = rtt === undefined ? 0 : 1;
    if (rtt !== undefined) values[`${path}.p${i}.rtt`] = rtt; // seconds
  }
  values[`${path}.success`] = rtts.filter((rtt) => rtt !== undefined).length / rtts.length;
  return values;
}
