import { assertEquals } from "@std/assert";
import { type Bot, type Created, Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { replaceNow } from "../virtual_time.ts";

/** An answer with its whole body. */
export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly headers: Headers;
}

/** Options for {@linkcode Fixture.request}. */
export interface RequestOptions {
  /** The token; `null` for none. @default the token of `bot` */
  readonly token?: string | null;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** A sandbox with one account. */
export interface Fixture {
  readonly sandbox: Sandbox;
  readonly accountId: number;
  /** Has the permissions that the UI grants. */
  readonly bot: Bot;
  /** Has all permissions in all accounts. */
  readonly master: Bot;
  readonly credential: Created;
  readonly sensors: readonly Created[];
  readonly entity: Created;
  /** Sends a request to a path below `/api`. */
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  /** Sends values as JSON, with the token of `bot`. */
  send(method: "POST" | "PUT", body: unknown): Promise<Reply>;
}

/** Whether requests go to the handler or through a socket. */
type Transport = "handler" | "HTTP";

/** Options for a {@linkcode Fixture}. */
interface FixtureOptions extends SandboxOptions {
  /** Replaces `Date.now`. */
  readonly now?: () => number;
}

export async function withFixture(
  use: (fixture: Fixture) => Promise<void>,
  { now, ...options }: FixtureOptions = {},
  transport: Transport = "handler",
): Promise<void> {
  using _clock = now && replaceNow(now);
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
  await using server = transport === "HTTP" ? await sandbox.listen() : undefined;
  const base = server?.url ?? "http://sandbox/api";
  const call = server ? fetch : sandbox.fetch;
  const request = async (
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Reply> => {
    const { token = bot.token, query, headers = {}, body } = options;
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
    request,
    send: (method, body) =>
      request(method, `/accounts/${account.id}/values`, {
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  });
}

/** Registers a test that runs both through the handler and through a socket. */
export function testBoth(
  name: string,
  use: (fixture: Fixture) => Promise<void>,
  options: FixtureOptions = {},
): void {
  for (const transport of ["handler", "HTTP"] as const) {
    Deno.test(`${name} (${transport})`, () => withFixture(use, options, transport));
  }
}

/** Registers a test that runs through the handler only. */
export function testHandler(
  name: string,
  use: (fixture: Fixture) => Promise<void>,
  options: FixtureOptions = {},
): void {
  Deno.test(name, () => withFixture(use, options));
}

/** Asserts status and body; `row` names the case. */
export function assertReply(reply: Reply, status: number, text: string, row: string): void {
  assertEquals([reply.status, reply.text], [status, text], row);
}

export const DENIED = "Access denied";
export const FORBIDDEN = "Access to resource denied, insufficient permissions";
export const UNVALIDATED = "Could not validate access";
export const INTERNAL = "Internal Server Error";
export const NOT_FOUND = '{"detail":"Not Found"}';
export const NOT_ALLOWED = '{"detail":"Method Not Allowed"}';
