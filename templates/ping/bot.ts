import {
  Collector,
  type CollectorOptions,
  type EntityInfo,
  intervalsOf,
  type Job,
  type PerformJob,
  type StartContext,
} from "@grafolean/collector";
import { loadSettings, parseHostPort } from "@grafolean/collector/toolkit";
import { delay } from "@std/async/delay";
import { choosePinger } from "./choose_pinger.ts";
import { type PingCredential, readCredential } from "./credential.ts";
import type { PacketResult, Pinger } from "./pinger.ts";
import { PING_SETTINGS, type PingSettings } from "./settings.ts";
import { StandstillWatch } from "./standstill.ts";
import { SystemPinger } from "./system_ping.ts";

/** The name of the protocol in Grafolean. */
export const PROTOCOL = "ping";

/** Details of a device. The field accepts any text, so IPv6 addresses and names work too. */
type Details = { ipv4?: unknown } | null;

/** A device to ping. */
interface Target extends Pick<EntityInfo, "accountId" | "entityId" | "name"> {
  readonly host: string;
  readonly credential: PingCredential;
}

/** Options for {@linkcode PingBot}. */
export interface PingBotOptions extends CollectorOptions {
  /** The settings, for tests. @default those of the environment */
  readonly settings?: PingSettings;
  /** Pings the devices, for tests. @default fping, or ping where that is not installed */
  readonly pinger?: Pinger;
}

/** The bot: one job per device, which runs whenever a sensor of the device is due. */
export class PingBot extends Collector<PingBotOptions> {
  #pinger: Pinger = this.options.pinger ?? new SystemPinger();
  readonly #standstills = new StandstillWatch();

  protected override async onStart(context: StartContext): Promise<void> {
    this.#standstills.start();
    if (this.options.pinger !== undefined) return;
    const settings = this.options.settings ?? await loadSettings(PING_SETTINGS);
    this.#pinger = await choosePinger(settings, context);
  }

  protected override onStop(): void {
    this.#standstills.stop();
  }

  override async *jobs(): AsyncGenerator<Job<Target>> {
    const problems: string[] = [];
    for await (const device of this.fetchJobConfigs<Details>(PROTOCOL)) {
      const { accountId, entityId, name, details, credentialName } = device;
      let host: string;
      try {
        // The port is for other protocols, and an IPv4 address in the form of IPv6 cannot be pinged.
        host = parseHostPort(details?.ipv4).host.replace(/^::ffff:(?=[\d.]+$)/i, "");
      } catch (error) {
        problems.push(`Cannot ping "${name}": ${(error as Error).message}`);
        continue;
      }
      const credential = readCredential(device.credentialDetails, (problem) => {
        problems.push(`Credential "${credentialName}": ${problem}`);
      });
      const target: Target = { accountId, entityId, name, host, credential };
      const { timeout, retry, n_packets, sleep_packets } = credential;
      yield {
        jobId: `${entityId}`,
        name,
        intervals: intervalsOf(device),
        performJob: this.#pingDevice,
        jobParams: target,
        // Only against a pinger that never ends: each attempt may take a second more than its share of the timeout, and each
        // device may have to wait for its turn.
        timeout: n_packets * (timeout + sleep_packets + retry + 1) + 3600,
      };
    }
    // Devices share credentials: equal messages are one problem.
    await this.problems.report("devices", problems);
  }

  readonly #pingDevice: PerformJob<Target> = async (_affectingIntervals, target, context) => {
    const { accountId, entityId, name, host, credential } = target;
    let results: readonly PacketResult[];
    try {
      results = await this.#ping(host, credential, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      // No values: nobody knows whether the device is up.
      throw new Error(`Cannot ping "${name}" (${host}): ${(error as Error).message}`);
    }
    await context.sendResults(accountId, toValues(`entity.${entityId}.ping`, results));
  };

  async #ping(
    host: string,
    { n_packets, timeout, retry, sleep_packets }: PingCredential,
    signal: AbortSignal,
  ): Promise<readonly PacketResult[]> {
    const request = { host, timeout: timeout / (retry + 1), pause: sleep_packets, signal };
    const standstills = this.#standstills.count();
    let results: PacketResult[] = [];
    if (retry === 0) results = [...await this.#pinger.ping({ ...request, packets: n_packets })];
    // One packet after the other: a lost one is sent again, and all attempts share the timeout.
    while (results.length < n_packets) {
      if (results.length > 0) await delay(sleep_packets * 1000, { signal });
      let result: PacketResult = "lost";
      for (let attempt = 0; attempt <= retry && result === "lost"; attempt++) {
        [result = "lost"] = await this.#pinger.ping({ ...request, packets: 1 });
      }
      results.push(result);
    }
    if (results.includes("lost") && this.#standstills.count() > standstills) {
      throw new Error(
        "this machine stood still while it waited for answers: it was suspended or overloaded, or its clock was set",
      );
    }
    return results;
  }
}

function toValues(path: string, results: readonly PacketResult[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [i, rtt] of results.entries()) {
    values[`${path}.p${i}.ok`] = rtt === "lost" ? 0 : 1;
    if (rtt !== "lost") values[`${path}.p${i}.rtt`] = rtt; // seconds
  }
  values[`${path}.success`] = results.filter((rtt) => rtt !== "lost").length / results.length;
  return values;
}
