import type { SettingsTable, SettingValues } from "@grafolean/collector/toolkit";

/** The settings of this bot, besides those that all bots have. */
export const NETFLOW_SETTINGS = {
  port: {
    name: "NETFLOW_PORT",
    default: "2055",
    about: "The UDP port that exporters send to.",
    parse: parsePort,
  },
  hostname: {
    name: "NETFLOW_HOST",
    default: "0.0.0.0",
    about:
      "The address to listen on; :: for IPv6 and IPv4. Allow another address in deno.json too.",
    parse: String,
  },
  stateFile: {
    name: "NETFLOW_STATE_FILE",
    default: "data/netflow-state.jsonl",
    about: "File that keeps unfinished sums across restarts. One bot per file.",
    parse: String,
  },
  memoryBytes: {
    name: "NETFLOW_MEMORY_MB",
    default: "256",
    about:
      "How much memory the sums may take up, in MB. Beyond that the top 10 are less exact, and interfaces may be missing.",
    parse: parseMegabytes,
  },
  suggest: {
    name: "NETFLOW_SUGGEST",
    default: "yes",
    about: "Whether to create devices in Grafolean for unknown exporters: yes or no.",
    parse: (text: string) => isFirst(text, "yes", "no"),
  },
  scaleSampled: {
    name: "NETFLOW_SAMPLING",
    default: "multiply",
    about:
      "Whether to multiply sampled flows by their sampling rate or ignore the rate: multiply or ignore.",
    parse: (text: string) => isFirst(text, "multiply", "ignore"),
  },
} satisfies SettingsTable;

/** The values of the settings. */
export type NetflowSettings = SettingValues<typeof NETFLOW_SETTINGS>;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new RangeError("expected a port from 0 to 65535");
  }
  return port;
}

function parseMegabytes(text: string): number {
  const megabytes = Number(text);
  if (!/^\d+$/.test(text) || megabytes < 1 || megabytes > 1_000_000) {
    throw new RangeError("expected a whole number from 1 to 1000000");
  }
  return megabytes * 1_000_000;
}

function isFirst(text: string, first: string, second: string): boolean {
  if (text !== first && text !== second) {
    throw new TypeError(`expected "${first}" or "${second}"`);
  }
  return text === first;
}
