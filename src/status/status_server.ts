import { delay } from "@std/async/delay";
import process from "node:process";
import type { RunningBot } from "../bot/status_port.ts";
import { isPermittedByDeno } from "../grafolean/deno_permission.ts";
import { ConfigError } from "../util/errors.ts";
import { ProblemLog } from "../util/problem_log.ts";
import { isLoopback } from "../web/guard.ts";
import { serve, type WebServer } from "../web/serve.ts";
import { refuse } from "./access.ts";
import { addressOf, isEverywhere, urlHere } from "./address.ts";
import type { StatusSettings } from "./settings.ts";
import { Status } from "./status.ts";

/** How long until a port that cannot be opened is tried again, in seconds. */
const RETRY_INTERVAL_S = 10;

interface StatusServerOptions extends StatusSettings {
  readonly port: number;
  /** How long until a port that cannot be opened is tried again, in seconds. @default 10 */
  readonly retryInterval?: number;
}

type ListenError = Error & { readonly code?: unknown };

/**
 * Shows the status of a bot on its port. Importing this module loads the server and the page.
 *
 * A port in use, and an address that this machine does not have (yet), do not keep a bot from collecting: they are tried
 * again until they can be opened.
 */
export class StatusServer implements AsyncDisposable {
  readonly #bot: RunningBot;
  readonly #options: StatusServerOptions;
  readonly #address: string;
  readonly #isLocal: boolean;
  readonly #status: Status;
  readonly #problems: ProblemLog;
  readonly #closing = new AbortController();
  #retrying: Promise<void> | undefined;
  #server: WebServer | undefined;

  private constructor(bot: RunningBot, options: StatusServerOptions) {
    this.#bot = bot;
    this.#options = options;
    this.#address = addressOf(options);
    // A URL has one way to write LOCALHOST.
    this.#isLocal = isLoopback(new URL(`http://${this.#address}`).hostname);
    this.#status = new Status(bot);
    this.#problems = new ProblemLog(bot.log);
  }

  /**
   * Opens the port, now or as soon as that is possible.
   *
   * @throws {ConfigError} If the bot has no permission for the port.
   */
  static async open(bot: RunningBot, options: StatusServerOptions): Promise<StatusServer> {
    const address = addressOf(options);
    // Deno throws the error where nobody can catch it.
    if (isPermittedByDeno({ name: "net", host: address }) === false) {
      throw new ConfigError([
        `${
          problemAt(address)
        }, as Deno denies it: add ${address} to --allow-net in the tasks of deno.json ` +
        "(an executable has the permissions of the task that compiled it)",
      ]);
    }
    forget("HEALTH_TOKEN");
    const server = new StatusServer(bot, options);
    const error = await server.#tryToOpen();
    if (error?.code === "EACCES") {
      await server[Symbol.asyncDispose]();
      throw new ConfigError([`${problemAt(address)}, ${reasonOf(error)}`], { cause: error });
    }
    if (error !== undefined) server.#retrying = server.#retry(error);
    return server;
  }

  /** Closes the port. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#retrying;
    await this.#status[Symbol.asyncDispose]();
    await this.#server?.close();
  }

  async #retry(error: ListenError | undefined): Promise<void> {
    const { retryInterval = RETRY_INTERVAL_S } = this.#options;
    const { signal } = this.#closing;
    while (error !== undefined && !signal.aborted) {
      const next = `trying again every ${retryInterval} s`;
      this.#problems.raise(
        "status port",
        `${problemAt(this.#address)}, ${reasonOf(error)}; ${next}`,
        {
          level: "error",
        },
      );
      await delay(retryInterval * 1000, { signal }).catch(() => {});
      if (!signal.aborted) error = await this.#tryToOpen();
    }
  }

  /** Returns why the port cannot be opened; `undefined` if it is open. */
  async #tryToOpen(): Promise<ListenError | undefined> {
    const { port, host, token } = this.#options;
    try {
      this.#server = await serve((request) => this.#answer(request), { port, hostname: host });
    } catch (error) {
      return error as ListenError;
    }
    this.#problems.clear("status port");
    const { port: actual } = this.#server;
    const everywhere = isEverywhere(host) ? ` and on port ${actual} of all addresses` : "";
    this.#bot.log.info(`Status at ${urlHere({ host, port: actual })}${everywhere}`);
    if (!this.#isLocal && token === undefined) {
      this.#bot.log.warn(
        `Everybody who can reach port ${actual} of this machine can read the status: set HEALTH_TOKEN to ask for a token`,
      );
    }
    return undefined;
  }

  async #answer(request: Request): Promise<Response> {
    const access = { isLocal: this.#isLocal, token: this.#options.token };
    return refuse(request, access) ??
      await this.#status.handle(request, new URL(request.url).pathname.slice(1));
  }
}

function problemAt(address: string): string {
  return `Cannot open the status port at ${address} (HEALTH_HOST and HEALTH_PORT)`;
}

/** What is wrong, and what to do. */
function reasonOf({ code, message }: ListenError): string {
  switch (code) {
    case "EADDRINUSE":
      return "as another program, or this bot a second time, listens there: stop that, or choose another port";
    case "EACCES":
      return "as this user may not use the port: choose one above 1023";
    case "EADDRNOTAVAIL":
    case "EINVAL": // Deno's name of the one before
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "as that is no address of this machine now: choose 127.0.0.1, which only this machine reaches, or 0.0.0.0 " +
        "for all its addresses";
    default:
      return `as that failed: ${message}`;
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
