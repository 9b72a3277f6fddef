import {
  Collector,
  dueSensors,
  type EntityInfo,
  intervalsOf,
  type Job,
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

/** A bot that sends 42 for each sensor. */
export class ThermoBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    for await (const device of this.fetchJobConfigs(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        jobParams: device,
        async performJob(intervals, device, context) {
          const values = dueSensors(device, intervals).map(({ sensorId }) =>
            [`entity.${device.entityId}.${PROTOCOL}.${sensorId}`, 42] as const
          );
          await context.sendResults(device.accountId, Object.fromEntries(values));
        },
      };
    }
  }
}

/** A bot whose job fails. */
export class BrokenBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    for await (const device of this.fetchJobConfigs(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`,
        name: device.name,
        intervals: intervalsOf(device),
        jobParams: device,
        performJob: () => Promise.reject(new Error("the thermometer does not answer")),
      };
    }
  }
}

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
  /** Runs the setup with arguments besides `--url` and `--user`. */
  run(args?: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** Starts a sandbox. */
export async function stage(accounts: readonly string[] = ["Home"]): Promise<Stage> {
  const sandbox = new Sandbox();
  sandbox.addPerson({ username: "admin", password: PASSWORD });
  for (const name of accounts) sandbox.addAccount({ name });
  const server = await sandbox.listen();
  const dir = await tempDir("setup ");
  const envFile = join(dir.path, ".env");
  return {
    sandbox,
    url: server.url,
    envFile,
    async run(args = [], options = {}) {
      const { BotClass = ThermoBot, definition = DEFINITION, lines = [PASSWORD], ...io } = options;
      const out: string[] = [];
      const err: string[] = [];
      const code = await setup(BotClass as BotClass, definition, {
        args: ["--url", server.url, "--user", "admin", ...args],
        env: {},
        envFile,
        prompt: undefined,
        readLines: () => Promise.resolve(lines),
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
