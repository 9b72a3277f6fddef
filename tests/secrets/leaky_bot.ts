/**
 * A careless bot: it throws, leaks and logs request URLs, and prints every object that it gets from the library. Runs on
 * Deno and Node.
 */

// It prints.
// deno-lint-ignore-file no-console

import {
  Collector,
  describeError,
  type Job,
  type JobContext,
  runBot,
  sendResultsToGrafolean,
} from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { inspect } from "node:util";

const ACCOUNT = Number(process.env["ACCOUNT"] ?? 1);
const jobs = process.env["JOBS"]?.split(",") ?? [];
/** The names of the answers of the hostile server. */
const ways = process.env["WAYS"]?.split(",") ?? [];

/** The author of a bot can know its token. */
const token = process.env["BOT_TOKEN"] ?? "";
const backendUrl = process.env["BACKEND_URL"] ?? "";
const url = `${backendUrl}/profile?b=${token}`;

class LeakyBot extends Collector {
  override async *jobs(): AsyncGenerator<Job> {
    show("bot", this);
    for await (const _device of this.fetchJobConfigs("leaky")) {
      // There is none.
    }
    for (const jobId of jobs) {
      yield {
        jobId: jobId === "id" ? `id ${token}` : jobId,
        intervals: [1],
        performJob,
        jobParams: { jobId },
      };
    }
  }
}

class OtherBot extends Collector {
  override async *jobs(): AsyncGenerator<Job> {
    for await (const _device of this.fetchJobConfigs("other")) {
      // There is none.
    }
    yield {
      jobId: "sends",
      intervals: [3600],
      performJob: (_affecting, _params, { sendResults }) => sendResults(ACCOUNT, { a: 1, b: 2 }),
      jobParams: {},
    };
  }
}

async function performJob(_: readonly number[], params: unknown, context: JobContext) {
  const { jobId } = params as { jobId: string };
  if (jobId !== "id") show("context", context);
  switch (jobId) {
    case "id":
      context.log.warn("My id holds the token");
      throw new Error("no answer");
    case "throws":
      throw new TypeError(`Cannot ask ${url}`, { cause: new Error(url.toUpperCase()) });
    case "throws text":
      throw url;
    case "throws late": {
      // So long that the token lies across the cut of an error message.
      throw new Error("x".repeat(485) + url.slice(url.indexOf("b=")));
    }
    case "throws object":
      throw { url, nested: { token: encodeURIComponent(url) } };
    case "rejects":
      Promise.reject(new Error(`left behind: ${url}`, { cause: { url } }));
      return await moment();
    case "timer":
      setTimeout(() => {
        throw new Error(`thrown by a timer: ${url}`);
      });
      return await moment();
    case "fetches":
      await fetch(url.replace(/:\d+/, ":9"));
      break;
    case "logs":
      context.log.info(`${token} and ${token.toUpperCase()}`);
      context.log.error(`x${token}y%22${encodeURIComponent(encodeURIComponent(url))}`);
      // As JavaScript code may do.
      context.log.warn(new Error(url) as unknown as string);
      break;
    case "refused":
      await context.sendResults(ACCOUNT, { [`a ${url}`]: 1, a: url });
      break;
    case "sends":
      await context.sendResults(ACCOUNT, { a: 1 });
      break;
    case "child":
      console.log(`a child sees ${execFileSync("env")}`);
      break;
    default:
      throw new RangeError(`No such job: ${jobId}`);
  }
}

/** Waits long enough for an unhandled error to surface. */
function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** Prints a value in every way. */
function show(what: string, thing: unknown): void {
  const all = { showHidden: true, depth: null, getters: true } as const;
  console.log(what, thing);
  console.log(inspect(thing, all));
  const { Deno: deno }: { Deno?: { inspect(thing: unknown, options: object): string } } =
    globalThis;
  if (deno !== undefined) console.log(deno.inspect(thing, { ...all, depth: 100 }));
  for (const copy of [() => JSON.stringify(thing), () => inspect(structuredClone(thing), all)]) {
    try {
      console.log(copy());
    } catch (error) {
      console.log(`${error}`);
    }
  }
  if (!(thing instanceof Error)) return;
  console.log(`${thing}`, thing.stack, describeError(thing));
  console.log(JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(thing))));
  if (thing.cause !== undefined) show(`cause of ${what}`, thing.cause);
}

async function tryAll(way: string): Promise<void> {
  const base = backendUrl.replace("WAY", way);
  const logSink = (record: unknown) => console.log(record);
  const attempts = {
    send: () =>
      sendResultsToGrafolean(base, token, ACCOUNT, { a: 1, b: 2 }, {
        timeout: 0.2,
      }),
    bot: async () => {
      const bot = new OtherBot(base, token, 120, { logSink, shutdownTimeout: 0.2 });
      try {
        return await bot.runOnce();
      } finally {
        show("stats", bot.stats());
      }
    },
  };
  await Promise.all(
    Object.entries(attempts).map(async ([name, attempt]) => {
      try {
        show(`${way} ${name}`, await attempt());
      } catch (error) {
        show(`${way} ${name}`, error);
      }
    }),
  );
}

if (ways.length > 0) {
  await Promise.all(ways.map(tryAll));
} else {
  await runBot(LeakyBot, { name: "leaky-bot", status: statusPort() });
}
