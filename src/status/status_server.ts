import process from "node:process";
import type { RunningBot } from "../bot/status_port.ts";
import { isPermittedByDeno } from "../grafolean/deno_permission.ts";
import { ConfigError } from "../util/errors.ts";
import { isLoopback, refuseForeign } from "../web/guard.ts";
import { pageResponse } from "../web/page.ts";
import { serve, type WebServer } from "../web/serve.ts";
import { hasToken } from "./access.ts";
import type { StatusSettings } from "./settings.ts";
import { Status } from "./status.ts";

/**
 * Shows the status of a bot on its port. Importing this module loads the server and the page.
 *
 * @throws {ConfigError} If the port cannot be used.
 */
export async function openStatusPort(
  bot: RunningBot,
  { port, host, token }: StatusSettings & { readonly port: number },
): Promise<AsyncDisposable> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  // Deno throws the error where nobody can catch it.
  if (isPermittedByDeno({ name: "net", host: address }) === false) {
    throw new ConfigError([
      `Cannot show the status at ${address} (HEALTH_HOST and HEALTH_PORT), as Deno denies it: add ${address} to --allow-net ` +
      "in the tasks of deno.json (an executable has the permissions of the task that compiled it)",
    ]);
  }
  // A URL has one way to write LOCALHOST and 127.1.
  const isLocal = URL.canParse(`http://${address}`) &&
    isLoopback(new URL(`http://${address}`).hostname);
  const status = new Status(bot);
  const handle = async (request: Request): Promise<Response> => {
    const refusal = isLocal ? refuseForeign(request) : undefined;
    if (refusal !== undefined) return refusal;
    if (token !== undefined && !hasToken(request, token)) return tokenNeeded();
    return await status.handle(request, new URL(request.url).pathname.slice(1));
  };
  let server: WebServer;
  try {
    server = await serve(handle, { port, hostname: host });
  } catch (error) {
    await status[Symbol.asyncDispose]();
    throw new ConfigError([explain(error as Error, address)], { cause: error });
  }
  forget("HEALTH_TOKEN");
  bot.log.info(`Status at ${server.url}`);
  if (!isLocal && token === undefined) {
    bot.log.warn(
      `Everybody who can reach port ${server.port} of this machine can read the status: set HEALTH_TOKEN to ask for a token`,
    );
  }
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      await status[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

function tokenNeeded(): Response {
  const response = pageResponse("This needs the HEALTH_TOKEN of the bot\n", "text", 401);
  // Browsers ask for a password.
  response.headers.set("www-authenticate", 'Basic realm="Status of the bot", charset="UTF-8"');
  return response;
}

/** Says which setting is wrong, and what to do. */
function explain(error: Error & { readonly code?: unknown }, address: string): string {
  const problem = `Cannot show the status at ${address} (HEALTH_HOST and HEALTH_PORT)`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${problem}, as another program, or this bot a second time, listens there: stop that, or choose another port`;
    case "EACCES":
      return `${problem}, as this user may not use the port: choose one above 1023`;
    case "EADDRNOTAVAIL":
    case "EINVAL": // Deno's name of the one before
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${problem}, as that is no address of this machine: choose 127.0.0.1, which only this machine reaches, or ` +
        "0.0.0.0 for all its addresses";
    default:
      return `${problem}: ${error.message}`;
  }
}

/** Removes a variable from the environment, which child processes inherit. */
function forget(name: string): void {
  try {
    delete process.env[name];
  } catch {
    // Without the permission to read it, it came from elsewhere.
  }
}
