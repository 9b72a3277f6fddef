import { get } from "node:http";
import type { HealthStatus } from "../bot/health.ts";
import { describeError } from "../util/describe_error.ts";
import { urlHere } from "./address.ts";
import type { StatusSettings } from "./settings.ts";

const TIMEOUT_MS = 5000;

/**
 * Asks the status port of a running bot whether that is healthy.
 *
 * @param name The name of the bot, as another bot may have taken the port before.
 */
export async function askHealth(
  name: string,
  { token, ...address }: StatusSettings & { readonly port: number },
): Promise<HealthStatus> {
  const unhealthy = (line: string): HealthStatus => ({ ok: false, line });
  const url = `${urlHere(address)}healthz`;
  try {
    const { status, text } = await request(url, token);
    if (status === 401) return unhealthy(`HEALTH_TOKEN is not the one of the bot at ${url}`);
    const health = parseHealth(text);
    if (health?.name !== name) {
      return unhealthy(
        `What answers at ${url} (HEALTH_PORT) is not ${name}, but ${health?.name ?? "no bot"}`,
      );
    }
    return { ok: health.ok, line: health.line };
  } catch (error) {
    return unhealthy(`No bot answers at ${url} (HEALTH_PORT): ${describeError(error)}`);
  }
}

interface NamedHealth extends HealthStatus {
  readonly name: string;
}

function parseHealth(text: string): NamedHealth | undefined {
  try {
    const { name, ok, line }: Partial<NamedHealth> = JSON.parse(text);
    const isHealth = typeof name === "string" && typeof ok === "boolean" &&
      typeof line === "string";
    return isHealth ? { name, ok, line } : undefined;
  } catch {
    return undefined;
  }
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Not by `fetch`, which may go through a proxy. */
function request(url: string, token: string | undefined): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const asked = get(url, { headers, timeout: TIMEOUT_MS, agent: false }, async (response) => {
      try {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve({ status: response.statusCode, text });
      } catch (error) {
        reject(error);
      }
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    asked.on("error", reject);
  });
}
