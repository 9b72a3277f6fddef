import { ConfigError, loadVariables } from "@grafolean/collector";
import { isIP } from "node:net";

/** The settings of this bot, besides those that all bots have. */
export interface SnmpSettings {
  /** The local address to send from: `SNMP_SOURCE_ADDRESS`. */
  readonly sourceAddress: string | undefined;
}

/** The environment variables of the settings. */
export const SNMP_VARIABLES = ["SNMP_SOURCE_ADDRESS"] as const;

/**
 * Loads the settings.
 *
 * @throws {ConfigError} If one of them is invalid.
 */
export async function loadSnmpSettings(): Promise<SnmpSettings> {
  return readSnmpSettings(await loadVariables(SNMP_VARIABLES));
}

/**
 * Parses the settings.
 *
 * @throws {ConfigError} If one of them is invalid.
 */
export function readSnmpSettings(
  variables: Partial<Record<typeof SNMP_VARIABLES[number], string>>,
): SnmpSettings {
  const sourceAddress = variables.SNMP_SOURCE_ADDRESS;
  if (sourceAddress !== undefined && isIP(sourceAddress) === 0) {
    throw new ConfigError([
      `SNMP_SOURCE_ADDRESS is ${
        JSON.stringify(sourceAddress)
      }: expected an IP address of this host`,
    ]);
  }
  return { sourceAddress };
}
