import { get } from "node:http";
import type { HealthStatus } from "../bot/health.ts";
import { describeError } from "../util/describe_error.ts";
import type { StatusSettings } from "./settings.ts";

const TIMEOUT_MS = 5000;

/** Asks the status port of a running bot whether that is healthy. */
export async function askHealth(
  { port, host, token }: StatusSettings & { readonly port: number },
): Promise<HealthStatus> {
  const unhealthy = (line: string): HealthStatus => ({ ok: false, line });
  // Who listens everywhere also listens here.
  const hostname = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/healthz`;
  try {
    const { status, text } = await request(url, token);
    if (status === 401) return unhealthy(`HEALTH_TOKEN is not the one of the bot at ${url}`);
    return parseHealth(text) ?? unhealthy(`What answers at ${url} (HEALTH_PORT) is not a bot`);
  } catch (error) {
    return unhealthy(`No bot answers at ${url} (HEALTH_PORT): ${describeError(error)}`);
  }
}

function parseHealth(text: string): HealthStatus | undefined {
  try {
    const { ok, line }: Partial<HealthStatus> = JSON.parse(text);
    return typeof ok === "boolean" && typeof line === "string" ? { ok, line } : undefined;
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
