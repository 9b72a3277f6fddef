import type { SettingsTable, SettingValues } from "@grafolean/collector/toolkit";

/** The settings of the bot, besides those of all bots. */
export const PING_SETTINGS = {
  ipVersion: {
    name: "PING_IP_VERSION",
    about:
      "Which addresses of devices with a name to ping: `4` or `6`. By default, what the system prefers.",
    parse(text: string): 4 | 6 {
      if (text !== "4" && text !== "6") throw new TypeError("expected 4 or 6");
      return text === "4" ? 4 : 6;
    },
  },
} as const satisfies SettingsTable;

/** The values of {@linkcode PING_SETTINGS}. */
export type PingSettings = SettingValues<typeof PING_SETTINGS>;
