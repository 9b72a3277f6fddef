import { ConfigError } from "@grafolean/collector";
import { isIP } from "node:net";

/** What this bot can be told by its environment, besides what all bots can. */
export interface SnmpSettings {
  /** The address of this host to send from, from `SNMP_SOURCE_ADDRESS`. */
  readonly sourceAddress: string | undefined;
}

/** The names of the settings. */
export const SNMP_VARIABLES = ["SNMP_SOURCE_ADDRESS"] as const;

/**
 * Reads the settings.
 *
 * @throws {ConfigError} If one of them is wrong.
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
