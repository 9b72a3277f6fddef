import { ConfigError, loadVariables } from "@grafolean/collector";

/** Settings of this bot, read from environment variables. */
export interface NetflowSettings {
  /** Address to listen on, from `NETFLOW_HOST`. */
  readonly hostname: string;
  /** UDP port to listen on, from `NETFLOW_PORT`. */
  readonly port: number;
  /** File that keeps the sums over a restart, from `NETFLOW_SNAPSHOT_FILE`. */
  readonly snapshotFile: string;
  /** Whether unknown exporters are added to Grafolean as devices, from `NETFLOW_SUGGEST`. */
  readonly suggest: boolean;
  /** Whether bytes of sampled flows are multiplied by the sampling rate, from `NETFLOW_SAMPLING`. */
  readonly scaleSampled: boolean;
}

/** The environment variables. */
export const NETFLOW_VARIABLES = [
  "NETFLOW_HOST",
  "NETFLOW_PORT",
  "NETFLOW_SNAPSHOT_FILE",
  "NETFLOW_SUGGEST",
  "NETFLOW_SAMPLING",
] as const;

/**
 * Loads the settings.
 *
 * @throws {ConfigError} If any of them is invalid; it lists all that are.
 */
export async function loadNetflowSettings(): Promise<NetflowSettings> {
  return readNetflowSettings(await loadVariables(NETFLOW_VARIABLES));
}

/**
 * Parses the settings.
 *
 * @throws {ConfigError} If any of them is invalid; it lists all that are.
 */
export function readNetflowSettings(
  variables: Partial<Record<typeof NETFLOW_VARIABLES[number], string>>,
): NetflowSettings {
  const problems: string[] = [];
  const oneOf = (name: typeof NETFLOW_VARIABLES[number], yes: string, no: string): boolean => {
    const value = variables[name] ?? yes;
    if (value !== yes && value !== no) {
      problems.push(`${name} is ${JSON.stringify(value)}: expected "${yes}" or "${no}"`);
    }
    return value === yes;
  };
  const port = variables.NETFLOW_PORT ?? "2055";
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    problems.push(`NETFLOW_PORT is ${JSON.stringify(port)}: expected a port from 0 to 65535`);
  }
  const settings: NetflowSettings = {
    hostname: variables.NETFLOW_HOST ?? "0.0.0.0",
    port: Number(port),
    snapshotFile: variables.NETFLOW_SNAPSHOT_FILE ?? "data/netflow-snapshot.jsonl",
    suggest: oneOf("NETFLOW_SUGGEST", "yes", "no"),
    scaleSampled: oneOf("NETFLOW_SAMPLING", "multiply", "ignore"),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}
