import { ConfigError, type StartContext } from "@grafolean/collector";
import { FpingPinger } from "./fping.ts";
import { parseFpingOutput } from "./fping_output.ts";
import type { Pinger } from "./pinger.ts";
import { runProgram } from "./program.ts";
import type { PingSettings } from "./settings.ts";
import { SystemPinger } from "./system_ping.ts";

/** The programs to use, for tests. */
export interface PingPrograms {
  /** @default "fping" */
  readonly fping?: string;
  /** @default "ping" */
  readonly ping?: string;
}

const LOOPBACK = "127.0.0.1";

/**
 * Returns a pinger that works on this machine: with `fping` where that is installed and works, else with `ping` alone.
 *
 * @throws {ConfigError} If neither is installed, or neither may send.
 */
export async function choosePinger(
  { ipVersion }: PingSettings,
  { log, signal }: Pick<StartContext, "log" | "signal">,
  { fping = "fping", ping = "ping" }: PingPrograms = {},
): Promise<Pinger> {
  const systemPinger = new SystemPinger({ ipVersion, program: ping });
  try {
    const version = await tryFping(fping, signal);
    log.info(`Pinging addresses with fping ${version}, names with ping`);
    return new FpingPinger(systemPinger, fping);
  } catch (error) {
    signal.throwIfAborted();
    log.info(`Pinging with ping, one process per device, as ${(error as Error).message}`);
  }
  try {
    await systemPinger.ping({ host: LOOPBACK, packets: 1, timeout: 1, pause: 0, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigError) throw error;
    log.warn(`Cannot ping ${LOOPBACK}: ${(error as Error).message}`);
  }
  return systemPinger;
}

/**
 * Tries fping on this machine.
 *
 * @returns Its version.
 * @throws {Error} If it cannot be used. The message says why and what to do.
 */
async function tryFping(program: string, signal: AbortSignal): Promise<string> {
  const version = await runProgram(program, { args: ["-v"], timeout: 10, signal });
  const [, number = "unknown", major] = /Version ((\d+)[.\d]*)/.exec(version.stdout) ?? [];
  // Earlier ones do not report lost packets one by one, or IPv6 addresses at all.
  if (!(Number(major) >= 5)) {
    throw new Error(`fping ${number} is not supported: install fping 5.0 or later`);
  }
  const args = ["-C1", "-t1000", LOOPBACK];
  const run = await runProgram(program, { args, timeout: 10, signal });
  // Without privileges, fping 5.1 sends and never sees an answer.
  const { results, complaint } = parseFpingOutput(run, 1);
  if (typeof results.get(LOOPBACK)?.[0] !== "number") {
    const reason = run.killedBy ?? complaint ?? "no answer";
    throw new Error(
      `fping cannot even ping ${LOOPBACK} (${reason}): run \`setcap cap_net_raw+ep\` on its file`,
    );
  }
  return number;
}
