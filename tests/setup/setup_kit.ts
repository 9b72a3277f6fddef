import {
  Collector,
  dueSensors,
  type EntityInfo,
  intervalsOf,
  type Job,
  type PerformJob,
} from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { join } from "node:path";
import type { BotClass } from "../../src/bot/create_bot.ts";
import type { SetupDefinition } from "../../src/setup/definition.ts";
import { setup, type SetupIo } from "../../src/setup/setup.ts";
import { CancelledError, type Prompt } from "../../src/util/prompt.ts";
import { tempDir } from "../scaffold/project_kit.ts";

export const PASSWORD = "correct horse";
export const PROTOCOL = "thermo";

/** A bot with one job for each device. */
function botOf(performJob: PerformJob<EntityInfo>) {
  return class extends Collector {
    override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
      for await (const device of this.fetchJobConfigs(PROTOCOL)) {
        yield {
          jobId: `${device.entityId}`,
          name: device.name,
          intervals: intervalsOf(device),
          jobParams: device,
          performJob,
        };
      }
    }
  };
}

/** A bot that sends 42 for each sensor. */
export const ThermoBot = botOf(async (intervals, device, context) => {
  const values = dueSensors(device, intervals).map(({ sensorId }) =>
    [`entity.${device.entityId}.${PROTOCOL}.${sensorId}`, 42] as const
  );
  await context.sendResults(device.accountId, Object.fromEntries(values));
});

/** A bot whose job fails. */
export const BrokenBot = botOf(() => Promise.reject(new Error("the thermometer does not answer")));

export const DEFINITION: SetupDefinition = {
  name: "thermo-bot",
  protocol: PROTOCOL,
  credential: [
    { name: "user", question: "User name", default: "" },
    { name: "key", question: "Key", default: "", secret: true },
  ],
  sensors: [{ name: "temperature", interval: 60 }, {
    name: "humidity",
    interval: 300,
    details: { what: "humidity" },
  }],
  device: [{ name: "ipv4", question: "IP address", default: "127.0.0.1" }],
  charts: ({ device, sensors: [temperature, humidity] }) => [{
    title: "temperature",
    series: [{
      path: `entity.${device}.${PROTOCOL}.${temperature}`,
      label: "Temperature",
      unit: "°C",
    }],
  }, {
    title: "humidity",
    series: [{ path: `entity.${device}.${PROTOCOL}.${humidity}`, label: "Humidity" }],
  }],
};

// A test looks at whatever it wants.
// deno-lint-ignore no-explicit-any
export type Json = any;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface RunOptions extends Partial<SetupIo> {
  readonly BotClass?: BotClass;
  readonly definition?: SetupDefinition;
  /** The lines of standard input. */
  readonly lines?: readonly string[];
}

/** A sandbox with an administrator and a project folder. */
export interface Stage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly url: string;
  /** The path of `.env`. */
  readonly envFile: string;
  /** The ids of the accounts. */
  readonly accounts: readonly number[];
  /** Sends a request as the administrator, and returns the parsed answer. */
  call(method: string, path: string, body?: unknown): Promise<Json>;
  /** Everything that is configured in the first account, as it is sent. */
  snapshot(): Promise<Readonly<Record<string, Json>>>;
  /** The requests since the last call, as `METHOD path`, with ids replaced by `N`. */
  requests(): string[];
  /** Runs the setup with arguments besides `--url` and `--user`. */
  run(args?: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** Starts a sandbox. */
export async function stage(accounts: readonly string[] = ["Home"]): Promise<Stage> {
  const sandbox = new Sandbox();
  const { authorization } = sandbox.addPerson({ username: "admin", password: PASSWORD });
  const ids = accounts.map((name) => sandbox.addAccount({ name }).id);
  const server = await sandbox.listen();
  const dir = await tempDir("setup ");
  const envFile = join(dir.path, ".env");
  const call = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const response = await sandbox.fetch(`${server.url}${path}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    sandbox,
    accounts: ids,
    call,
    async snapshot() {
      const root = `/accounts/${ids[0]}`;
      const shown: Record<string, Json> = {};
      const read = async (path: string) => shown[path] = await call("GET", `${root}/${path}`);
      for (const list of ["credentials", "sensors", "entities"]) await read(list);
      for (const { id } of (await read("bots")).list) {
        await read(`bots/${id}/permissions`);
        await read(`bots/${id}/token`);
      }
      for (const { slug } of (await read("dashboards")).list) await read(`dashboards/${slug}`);
      // Changes with every request of the bot.
      for (const bot of shown["bots"].list) delete bot.last_login;
      sandbox.requests.clear();
      return shown;
    },
    requests() {
      const lines = sandbox.requests.entries.map(({ method, path }) =>
        `${method} ${path.replace(/\?.*$/, "").replace(/\/\d+/g, "/N")}`
      );
      sandbox.requests.clear();
      return lines;
    },
    url: server.url,
    envFile,
    async run(args = [], options = {}) {
      const { BotClass = ThermoBot, definition = DEFINITION, lines = [PASSWORD], ...io } = options;
      const input = [...lines];
      const out: string[] = [];
      const err: string[] = [];
      const code = await setup(BotClass as BotClass, definition, {
        args: ["--url", server.url, "--user", "admin", ...args],
        env: {},
        envFile,
        prompt: undefined,
        readLine: () => Promise.resolve(input.shift()),
        print: (line) => out.push(line),
        printError: (line) => err.push(line),
        sink: () => {},
        signal: new AbortController().signal,
        ...io,
      });
      return { code, out: out.join("\n"), err: err.join("\n") };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** A user who gives these answers, then cancels. */
export function promptWith(...answers: string[]): Prompt & { readonly shown: string[] } {
  const shown: string[] = [];
  const ask = (question: string, defaultValue: string): string => {
    shown.push(question);
    const next = answers.shift();
    if (next === undefined) throw new CancelledError();
    return next || defaultValue;
  };
  return {
    shown,
    ask,
    askSecret: (question) => new Promise((resolve) => resolve(ask(question, ""))),
    print: (line) => shown.push(line),
  };
}
