import type { RunningBot, StatusPort } from "../bot/status_port.ts";
import { isPermittedByDeno } from "../grafolean/deno_permission.ts";
import { loadSettings } from "../toolkit/settings.ts";
import { registeredMeter } from "./metrics/meter.ts";
import { STATUS_SETTINGS, type StatusSettings } from "./settings.ts";

/**
 * Returns what shows the status of a bot on the port `HEALTH_PORT`: a page for people at `/`, `/healthz` and `/readyz` for
 * whoever watches over the bot, `/metrics` for Prometheus, and `/stats`. Nothing there changes anything, and the bot token
 * is nowhere. Without `HEALTH_PORT` no port is open, and the server is not even loaded.
 *
 * Where the program has turned on OpenTelemetry, that gets the metrics too, whether or not there is a port.
 *
 * Settings: `HEALTH_PORT`; `HEALTH_HOST`, by default `127.0.0.1`; and `HEALTH_TOKEN`, which then every request needs.
 * Permissions on Deno: `--allow-net=HOST:PORT`, and to read the settings.
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
      const port = await openPort(bot);
      const exported = await exportToOpenTelemetry(bot);
      return {
        async [Symbol.asyncDispose]() {
          exported?.[Symbol.dispose]();
          await port?.[Symbol.asyncDispose]();
        },
      };
    },
    async readHealth(env, name) {
      const { port, ...settings } = await load(env);
      if (port === undefined) return undefined;
      const { askHealth } = await import("./ask_health.ts");
      return await askHealth(name, { ...settings, port });
    },
  };
}

async function openPort(bot: RunningBot): Promise<AsyncDisposable | undefined> {
  const { port, ...settings } = await load(bot.env);
  if (port === undefined) {
    if (isDenied("HEALTH_PORT") && !isDenied("BACKEND_URL")) {
      bot.log.warn(
        "Cannot read HEALTH_PORT, as Deno denies it: add HEALTH_PORT,HEALTH_HOST,HEALTH_TOKEN to --allow-env, or remove " +
          "statusPort() from the main program",
      );
    }
    return undefined;
  }
  const { StatusServer } = await import("./status_server.ts");
  return await StatusServer.open(bot, { ...settings, port });
}

/** Whether a variable may not be read. Where that is so for all of them, the settings are in a file. */
function isDenied(variable: string): boolean {
  return isPermittedByDeno({ name: "env", variable }) === false;
}

async function exportToOpenTelemetry(bot: RunningBot): Promise<Disposable | undefined> {
  const meter = registeredMeter();
  if (meter === undefined) return undefined;
  const { exportMetrics } = await import("./metrics/export_metrics.ts");
  return exportMetrics(bot, meter);
}

function load(env: RunningBot["env"]): Promise<StatusSettings> {
  return loadSettings(STATUS_SETTINGS, { env });
}
