/** A Grafolean with answers set by the test. */

import { delay } from "@std/async/delay";
import { DeviceSource } from "../../src/discovery/device_source.ts";
import type { EntityInfo } from "../../src/discovery/entity_info.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

export const USER_ID = 7;

export type Json = Record<string, unknown>;

/** An item of the list of entities: a device of protocol ping with credential 1 and sensors 10 and 11. */
export function device(id: number, ping: Json = {}, more: Json = {}): Json {
  return {
    id,
    name: `device ${id}`,
    entity_type: "device",
    parent: null,
    details: { ipv4: `10.0.0.${id}` },
    protocols: {
      ping: {
        credential: 1,
        bot: USER_ID,
        sensors: [{ sensor: 10, interval: null }, { sensor: 11, interval: 5 }],
        ...ping,
      },
    },
    ...more,
  };
}

export class FakeBackend {
  /** The answers by path: JSON, a response, or a function that returns one of these. */
  readonly answers = new Map<string, unknown>();
  /** The requested paths. */
  readonly asked: string[] = [];
  maxConcurrent = 0;
  readonly records: LogRecord[] = [];
  readonly delays: number[] = [];
  /** Called during each delay, with its number. */
  duringDelay: (n: number) => void = () => {};
  readonly problems: ProblemLog;
  readonly source: DeviceSource;
  #inProgress = 0;

  constructor(accountIds: readonly number[] = [5], devicesFile?: string) {
    this.answers.set("/profile", { user_id: USER_ID, user_type: "bot", record: {} });
    this.answers.set("/accounts", {
      list: accountIds.map((id) => ({ id, name: `account ${id}` })),
    });
    for (const id of accountIds) this.account(id, [device(id * 100)]);
    const log = createLogger((record) => this.records.push(record));
    this.problems = new ProblemLog(log);
    this.source = new DeviceSource({
      client: new GrafoleanClient("http://grafolean.test/api", "secret-token", {
        fetch: (input) => this.#fetch(String(input)),
        maxAttempts: 1,
      }),
      log,
      problems: this.problems,
      devicesFile,
      delay: async (ms, options) => {
        await delay(0, options);
        this.delays.push(ms);
        this.duringDelay(this.delays.length);
      },
    });
  }

  /** Sets the lists of an account. */
  account(
    id: number,
    entities: readonly unknown[],
    lists: { credentials?: readonly unknown[]; sensors?: readonly unknown[] } = {},
  ): void {
    const {
      credentials = [{ id: 1, name: "c", protocol: "ping", details: { community: "hush-hush" } }],
      sensors = [
        { id: 10, name: "s", protocol: "ping", default_interval: 60, details: { n: 0 } },
        { id: 11, name: "s", protocol: "ping", default_interval: null, details: { n: 1 } },
        { id: 12, name: "s", protocol: "ping", default_interval: null, details: { n: 2 } },
      ],
    } = lists;
    this.answers.set(`/accounts/${id}/entities`, { list: entities });
    this.answers.set(`/accounts/${id}/credentials`, { list: credentials });
    this.answers.set(`/accounts/${id}/sensors`, { list: sensors });
  }

  /** Collects all devices. */
  async fetch(protocol = "ping", signal?: AbortSignal): Promise<EntityInfo[]> {
    const infos: EntityInfo[] = [];
    for await (const info of this.source.fetch(protocol, signal)) infos.push(info);
    return infos;
  }

  /** The ids of all devices. */
  async ids(protocol = "ping"): Promise<number[]> {
    return (await this.fetch(protocol)).map(({ entityId }) => entityId);
  }

  /** What was logged at a level since the last call. */
  logged(level: LogRecord["level"]): string[] {
    const logged = this.records.filter((record) => record.level === level);
    this.records.splice(0, Infinity, ...this.records.filter((record) => record.level !== level));
    return logged.map(({ message }) => message);
  }

  async #fetch(url: string): Promise<Response> {
    const path = new URL(url).pathname.replace(/^\/api/, "");
    this.asked.push(path);
    this.maxConcurrent = Math.max(this.maxConcurrent, ++this.#inProgress);
    try {
      await Promise.resolve();
      let answer = this.answers.get(path);
      if (typeof answer === "function") answer = await answer();
      if (answer instanceof Response) return answer.clone();
      return answer === undefined
        ? new Response("Access to resource denied, insufficient permissions", { status: 403 })
        : Response.json(answer);
    } finally {
      this.#inProgress--;
    }
  }
}
