// Learns from Grafolean what to poll, once or, with "again", a second time when nothing has changed; prints what it cost.
//
// Arguments: "reference", "first" or "again"; DEVICES SECONDS_PER_REQUEST, and what the server has printed

// deno-lint-ignore-file no-console

import { Collector, type EntityInfo, intervalsOf, type Job } from "../../mod.ts";
import { type Cost, Meter } from "../meter.ts";

const PROTOCOL = "demo";

let requests = 0;
const bareFetch = globalThis.fetch;
globalThis.fetch = (...args: Parameters<typeof fetch>) => {
  requests++;
  return bareFetch(...args);
};

const [variant, devices, _, url = "", token = ""] = Deno.args;

class DemoBot extends Collector {
  /** How often its devices were read. */
  refreshes = 0;
  onRefresh = (): void => {};

  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    this.onRefresh();
    for await (const device of this.fetchJobConfigs(PROTOCOL)) {
      yield {
        jobId: `${device.entityId}`,
        intervals: intervalsOf(device),
        performJob,
        jobParams: device,
        // Otherwise all of them run while the second refresh is measured.
        firstRun: "slot",
      };
    }
    this.refreshes++;
  }
}

function performJob(): void {}

/** The bot's refresh with this number, from its first request until the jobs are scheduled. */
function refresh(number: number): Promise<Cost> {
  const stop = new AbortController();
  // Short, as nothing else happens before the second one.
  const bot = new DemoBot(url, token, 2);
  const { promise, resolve, reject } = Promise.withResolvers<Cost>();
  let lastAt: number | null = null;
  bot.onRefresh = () => {
    lastAt = bot.stats().refresh.at;
    if (bot.refreshes !== number - 1) return;
    requests = 0;
    const meter = new Meter(() => {
      if (bot.refreshes < number || bot.stats().refresh.at === lastAt) return;
      resolve(meter.stop());
      if (bot.stats().jobs.known !== Number(devices)) reject(new Error("Not all jobs are known"));
      stop.abort();
    });
  };
  bot.execute({ signal: stop.signal }).catch(reject);
  return promise;
}

/** What is read of the answers. */
interface Answer {
  readonly list: readonly { readonly id: number; readonly entity_type?: string }[];
  readonly protocols: Readonly<
    Record<string, { readonly credential: number; readonly sensors: readonly { sensor: number }[] }>
  >;
}

/**
 * The requests of the Python library grafoleancollector for the same, one after the other over one connection: the
 * accounts, then for each account the entities, then for each device itself, its credential, and each of its sensors,
 * also those that it has just read for another device.
 */
async function referencePattern(): Promise<Cost> {
  const get = async (path: string): Promise<Answer> => {
    const response = await fetch(`${url}${path}?b=${token}`);
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
    return await response.json();
  };
  let found = 0;
  const meter = new Meter();
  for (const { id: account } of (await get("/accounts/")).list) {
    const { list } = await get(`/accounts/${account}/entities/`);
    for (const { id } of list.filter(({ entity_type }) => entity_type === "device")) {
      const { protocols } = await get(`/accounts/${account}/entities/${id}`);
      const { credential, sensors } = protocols[PROTOCOL]!;
      await get(`/accounts/${account}/credentials/${credential}`);
      for (const { sensor } of sensors) await get(`/accounts/${account}/sensors/${sensor}`);
      found++;
    }
  }
  if (found !== Number(devices)) throw new Error(`Found ${found} devices`);
  return meter.stop();
}

const cost =
  await (variant === "reference" ? referencePattern() : refresh(variant === "again" ? 2 : 1));
console.log(JSON.stringify({ requests, ...cost }));
Deno.exit();
