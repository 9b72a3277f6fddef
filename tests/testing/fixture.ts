import { assertEquals } from "@std/assert";
import { type Bot, type Created, Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";

/** One answer, read to its end. */
export interface Seen {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly headers: Headers;
}

/** What a request may have besides its method and path. */
export interface Asked {
  /** The token; the bot with the UI's permissions unless told otherwise, `null` for none. */
  readonly token?: string | null;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** A sandbox with one account, a bot of the UI and a bot that may do everything. */
export interface Fixture {
  readonly sandbox: Sandbox;
  readonly accountId: number;
  /** Has the permissions that the UI grants. */
  readonly bot: Bot;
  /** May do everything in all accounts. */
  readonly master: Bot;
  readonly credential: Created;
  readonly sensors: readonly Created[];
  readonly entity: Created;
  /** Sends a request to a path below `/api`. */
  ask(method: string, path: string, asked?: Asked): Promise<Seen>;
  /** Sends values as JSON, with the bot of the UI. */
  send(method: "POST" | "PUT", body: unknown): Promise<Seen>;
}

/** Whether requests go to the handler or through a socket. */
export type Door = "handler" | "HTTP";

/** Runs `use` with a new fixture. */
export async function withFixture(
  use: (fixture: Fixture) => Promise<void>,
  options: SandboxOptions = {},
  door: Door = "handler",
): Promise<void> {
  const sandbox = new Sandbox(options);
  const account = sandbox.addAccount({ name: "Contract" });
  const bot = sandbox.addBot({ protocol: "ping", account, name: "ping bot" });
  const master = sandbox.addBot({ protocol: "ping", name: "systemwide" });
  const credential = sandbox.addCredential(account, {
    protocol: "ping",
    name: "ping credential",
    details: { n_packets: "3" },
  });
  const sensors = [0, 1].map((n) =>
    sandbox.addSensor(account, {
      protocol: "ping",
      name: `ping sensor ${n}`,
      defaultInterval: 60,
      details: { n },
    })
  );
  const entity = sandbox.addEntity(account, {
    name: "device 0",
    details: { ipv4: "10.0.0.0" },
    protocols: {
      ping: { credential, bot, sensors: [sensors[0]!, { sensor: sensors[1]!, interval: 7 }] },
    },
  });
  await using server = door === "HTTP" ? await sandbox.listen() : undefined;
  const base = server?.url ?? "http://sandbox/api";
  const call = server ? fetch : sandbox.fetch;
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Seen> => {
    const { token = bot.token, query, headers = {}, body } = asked;
    const parts = [token === null ? undefined : `b=${token}`, query].filter(Boolean);
    const url = `${base}${path}${parts.length ? `?${parts.join("&")}` : ""}`;
    const init: RequestInit = { method, headers, redirect: "manual" };
    if (body !== undefined) init.body = body;
    const response = await call(url, init);
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
      headers: response.headers,
    };
  };
  await use({
    sandbox,
    accountId: account.id,
    bot,
    master,
    credential,
    sensors,
    entity,
    ask,
    send: (method, body) =>
      ask(method, `/accounts/${account.id}/values`, {
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  });
}

/** Registers a test that is run through the handler and through a socket. */
export function testBoth(
  name: string,
  use: (fixture: Fixture) => Promise<void>,
  options: SandboxOptions = {},
): void {
  for (const door of ["handler", "HTTP"] as const) {
    Deno.test(`${name} (${door})`, () => withFixture(use, options, door));
  }
}

/** Registers a test through the handler only. */
export function testHandler(
  name: string,
  use: (fixture: Fixture) => Promise<void>,
  options: SandboxOptions = {},
): void {
  Deno.test(name, () => withFixture(use, options));
}

/** Checks status and body of an answer; the message names the case. */
export function assertAnswer(seen: Seen, status: number, text: string, row: string): void {
  assertEquals([seen.status, seen.text], [status, text], row);
}

export const DENIED = "Access denied";
export const FORBIDDEN = "Access to resource denied, insufficient permissions";
export const UNVALIDATED = "Could not validate access";
export const INTERNAL = "Internal Server Error";
export const NOT_FOUND = '{"detail":"Not Found"}';
export const NOT_ALLOWED = '{"detail":"Method Not Allowed"}';
