import type { Action, Arrival } from "./front.ts";

// What a backend can take, see docs/grafolean-api.md.
const MOST_BY_POST = 100;
const MOST_BY_PUT = 500;
const MOST_BYTES = 900 * 1024;

/** Watches at a front that requests with values keep the rules of delivery. */
export class Audit {
  readonly #problems = new Set<string>();
  /** Values of requests whose outcome the bot cannot know. */
  readonly #unknown = new Set<string>();
  #requests = 0;

  /** The rules that were broken. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  /** The number of requests with values. */
  get requests(): number {
    return this.#requests;
  }

  /** Looks at a request, and at what becomes of it. */
  inspect({ method, path, body }: Arrival, action: Action): void {
    if (body === "" || !/\/values\/?$/.test(path)) return;
    this.#requests++;
    const values: readonly { p: string; v: number | string; t?: number }[] = JSON.parse(body);
    const expect = (holds: boolean, problem: string) => {
      if (!holds) this.#problems.add(`${method} ${path}: ${problem}`);
    };
    const most = method === "POST" ? MOST_BY_POST : MOST_BY_PUT;
    expect(values.length > 0 && values.length <= most, `${values.length} values`);
    expect(new TextEncoder().encode(body).length <= MOST_BYTES, `${body.length} characters`);
    const keys = new Set(values.map(({ p, t }) => `${p} ${t}`));
    expect(keys.size === values.length, "the same path and time twice");
    const isUnknown = action !== "pass" && !("status" in action) ||
      action !== "pass" && "status" in action && action.status >= 502;
    for (const { p, v, t } of values) {
      const value = `${path} ${p} ${v}`;
      expect((t === undefined) === (method === "POST"), "a time where none belongs, or none");
      expect(
        method === "PUT" || !this.#unknown.has(value),
        `${p} again, though it may be stored`,
      );
      if (isUnknown) this.#unknown.add(value);
    }
  }
}
