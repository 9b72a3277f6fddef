import { ConfigError } from "@grafolean/collector";

/** What this bot can be told by its environment, besides what all bots can. */
export interface NetflowSettings {
  /** Address to listen on, from `NETFLOW_HOST`. */
  readonly hostname: string;
  /** UDP port to listen on, from `NETFLOW_PORT`. */
  readonly port: number;
  /** Where the sums wait out a restart, from `NETFLOW_SNAPSHOT_FILE`. */
  readonly snapshotFile: string;
  /** Whether exporters that Grafolean does not know become entities, from `NETFLOW_SUGGEST`. */
  readonly suggest: boolean;
  /** Whether sampled flows are multiplied by their sampling rate, from `NETFLOW_SAMPLING`. */
  readonly scale: boolean;
}

/** The names of the settings. */
export const NETFLOW_VARIABLES = [
  "NETFLOW_HOST",
  "NETFLOW_PORT",
  "NETFLOW_SNAPSHOT_FILE",
  "NETFLOW_SUGGEST",
  "NETFLOW_SAMPLING",
] as const;

/**
 * Reads the settings.
 *
 * @throws {ConfigError} If one of them is wrong; it names all that are.
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
    scale: oneOf("NETFLOW_SAMPLING", "multiply", "ignore"),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}
