import type { StatusPort } from "../bot/status_port.ts";
import { loadSettings } from "../toolkit/settings.ts";
import { STATUS_SETTINGS } from "./settings.ts";

/**
 * Returns what shows the status of a bot on the port `HEALTH_PORT`: a page for people at `/`, `/healthz` and `/readyz` for
 * whoever watches over the bot, `/metrics` for Prometheus, and `/stats`. Nothing there changes anything, and the bot token
 * is nowhere. Without `HEALTH_PORT` no port is open and the server is not even loaded.
 *
 * Settings: `HEALTH_PORT`; `HEALTH_HOST`, by default `127.0.0.1`; `HEALTH_TOKEN`, without which nothing is shown if it is
 * set. Permissions on Deno: `--allow-net=HOST:PORT`, and to read the settings.
 *
 * @example
 * ```ts ignore
 * import { runBot } from "@grafolean/collector";
 * import { statusPort } from "@grafolean/collector/status";
 * import { MyBot } from "./bot.ts";
 *
 * await runBot(MyBot, { name: "mybot", version: "1.0.0", status: statusPort() });
 * ```
 */
export function statusPort(): StatusPort {
  return {
    settings: STATUS_SETTINGS,
    async open(bot) {
      const { port, ...settings } = await loadSettings(STATUS_SETTINGS, { env: bot.env });
      if (port === undefined) return undefined;
      const { openStatusPort } = await import("./status_server.ts");
      return await openStatusPort(bot, { ...settings, port });
    },
    async readHealth(env) {
      const { port, ...settings } = await loadSettings(STATUS_SETTINGS, { env });
      if (port === undefined) return undefined;
      const { askHealth } = await import("./ask_health.ts");
      return await askHealth({ ...settings, port });
    },
  };
}
