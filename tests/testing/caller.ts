import { assertEquals } from "@std/assert";
import { Sandbox, type SandboxOptions } from "../../src/testing/mod.ts";
import { replaceNow } from "../virtual_time.ts";

/** An answer with its whole body. */
export interface CallReply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** How to send a request. */
export interface CallOptions {
  /** The value of the `Authorization` header; `null` for none. @default that of a person who may do everything */
  readonly as?: string | null;
  /** @default "application/json" */
  readonly contentType?: string;
}

/** Sends requests as a program does that manages Grafolean. */
export interface Caller {
  readonly sandbox: Sandbox;
  /** The time, in seconds; a test may change it. */
  now: number;
  /** May do everything, and logs in as `admin` with the password `secret`. */
  readonly admin: { readonly id: number; readonly authorization: string };
  /** Sends a text as it is, anything else as JSON. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<CallReply>;
  /** Like `call`, and asserts status and body; a body that is no text is compared as JSON. */
  expect(
    request: readonly [method: string, path: string, body?: unknown, options?: CallOptions],
    status: number,
    body: unknown,
  ): Promise<void>;
  /** Like `call`, asserts the status, and returns the JSON of the body. */
  // deno-lint-ignore no-explicit-any -- tests look into whatever comes back
  json(method: string, path: string, body?: unknown, options?: CallOptions): Promise<any>;
  /** Logs in and returns the value of the `Authorization` header. */
  logIn(username: string, password: string): Promise<string>;
}

/** Registers a test with a sandbox, an administrator, and a clock of its own. */
export function testCalls(
  name: string,
  use: (c: Caller) => Promise<void>,
  options: SandboxOptions = {},
): void {
  Deno.test(name, async () => {
    const sandbox = new Sandbox(options);
    const admin = sandbox.addPerson({ username: "admin", password: "secret" });
    const caller = new SandboxCaller(sandbox, admin);
    using _clock = replaceNow(() => caller.now * 1000);
    await use(caller);
  });
}

class SandboxCaller implements Caller {
  readonly sandbox: Sandbox;
  readonly admin: Caller["admin"];
  now = Date.now() / 1000;

  constructor(sandbox: Sandbox, admin: Caller["admin"]) {
    this.sandbox = sandbox;
    this.admin = admin;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    { as = this.admin.authorization, contentType = "application/json" }: CallOptions = {},
  ): Promise<CallReply> {
    const headers = new Headers();
    if (as !== null) headers.set("authorization", as);
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers.set("content-type", contentType);
      init.body = typeof body === "string" ? body : JSON.stringify(body);
    }
    const response = await this.sandbox.fetch(`http://sandbox/api/${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  async expect(
    request: readonly [method: string, path: string, body?: unknown, options?: CallOptions],
    status: number,
    body: unknown,
  ): Promise<void> {
    const reply = await this.call(...request);
    const text = typeof body === "string" || body === undefined;
    assertEquals(
      [reply.status, text || reply.status !== status ? reply.text : JSON.parse(reply.text)],
      [status, body ?? ""],
      `${request[0]} ${request[1]} ${JSON.stringify(request[2])}`,
    );
  }

  async json(
    method: string,
    path: string,
    body?: unknown,
    options?: CallOptions,
  ): ReturnType<Caller["json"]> {
    const { status, text } = await this.call(method, path, body, options);
    assertEquals(Math.floor(status / 100), 2, `${method} ${path}: ${status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async logIn(username: string, password: string): Promise<string> {
    const login = await this.call("POST", "auth/login", { username, password }, { as: null });
    assertEquals(login.status, 200, login.text);
    return login.headers.get("x-jwt-token")!;
  }
}

export const detail = (text: string): string => JSON.stringify({ detail: text });
export const invalid = (text: string): string => `Input validation failed: ${text}`;
