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
  snapshotFile: {
    name: "NETFLOW_SNAPSHOT_FILE",
    default: "data/netflow-snapshot.jsonl",
    about: "File that keeps unfinished sums across restarts. One bot per file.",
    parse: String,
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

function isFirst(text: string, first: string, second: string): boolean {
  if (text !== first && text !== second) {
    throw new TypeError(`expected "${first}" or "${second}"`);
  }
  return text === first;
}
