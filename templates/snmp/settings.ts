import type { SettingsTable, SettingValues } from "@grafolean/collector/toolkit";
import { isIP } from "node:net";

/** The settings of this bot, besides those that all bots have. */
export const SNMP_SETTINGS = {
  sourceAddress: {
    name: "SNMP_SOURCE_ADDRESS",
    about:
      "The source address of requests, for devices that answer only one address. Empty for any address.",
    parse(text: string): string {
      if (isIP(text) === 0) throw new TypeError("expected an IP address of this host");
      return text;
    },
  },
  statusValues: {
    name: "SNMP_STATUS_VALUES",
    default: "yes",
    about:
      "Whether to send for each device whether it answered and how fast, as the values up and response_time: yes or no.",
    parse(text: string): boolean {
      if (text !== "yes" && text !== "no") throw new TypeError('expected "yes" or "no"');
      return text === "yes";
    },
  },
} satisfies SettingsTable;

/** The values of the settings. */
export type SnmpSettings = SettingValues<typeof SNMP_SETTINGS>;
