import { ConfigError, type StartContext } from "@grafolean/collector";
import { FpingPinger } from "./fping.ts";
import type { Pinger } from "./pinger.ts";
import { runProgram } from "./program.ts";
import type { PingSettings } from "./settings.ts";
import { SystemPinger } from "./system_ping.ts";

const LOOPBACK = "127.0.0.1";

/**
 * Returns a pinger that works on this machine: with `fping` where that is installed and works, else with `ping` alone.
 *
 * @param programs The programs to use, for tests.
 * @throws {ConfigError} If neither is installed, or neither may send.
 */
export async function choosePinger(
  { ipVersion }: PingSettings,
  { log, signal }: Pick<StartContext, "log" | "signal">,
  programs: { readonly fping?: string; readonly ping?: string } = {},
): Promise<Pinger> {
  const request = { host: LOOPBACK, packets: 1, timeout: 1, pause: 0, signal };
  const { fping = "fping", ping = "ping" } = programs;
  const systemPinger = new SystemPinger({ ipVersion, program: ping });
  const fpingPinger = new FpingPinger(systemPinger, fping);
  try {
    const version = await fpingVersion(fping, signal);
    // Without privileges, fping 5.1 sends and never sees an answer.
    if ((await fpingPinger.ping(request)).includes("lost")) {
      throw new Error(
        `fping gets no answer even from ${LOOPBACK}: run \`setcap cap_net_raw+ep\` on its file`,
      );
    }
    log.info(`Pinging addresses with fping ${version}, names with ping`);
    return fpingPinger;
  } catch (error) {
    signal.throwIfAborted();
    log.info(`Pinging with ping, one process per device, as ${(error as Error).message}`);
  }
  try {
    await systemPinger.ping(request);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigError) throw error;
    log.warn(`Cannot ping ${LOOPBACK}: ${(error as Error).message}`);
  }
  return systemPinger;
}

async function fpingVersion(program: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await runProgram(program, { args: ["-v"], timeout: 10, signal });
  const [, version = "unknown", major] = /Version ((\d+)[.\d]*)/.exec(stdout) ?? [];
  // Earlier ones do not report lost packets one by one, or IPv6 addresses at all.
  if (Number(major) >= 5) return version;
  throw new Error(`fping ${version} is not supported: install fping 5.0 or later`);
}
