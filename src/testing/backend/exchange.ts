import type { AccountRecords } from "./account_records.ts";
import type { Answer } from "./answer.ts";
import type { State } from "./state.ts";
import type { UserRecord } from "./users.ts";
import type { StoredValue } from "./value_table.ts";

/** A request from any source: a `Request` or a socket. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  /** The path of the URL, decoded, as the backend sees it. */
  readonly path: string;
  readonly headers: Headers;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the whole body. */
  readonly body: () => Promise<Uint8Array>;
  /** What the request costs, counted by the routes. */
  readonly work: {
    values: number;
    newPaths: number;
  };
}

/** What the routes work on. */
export interface RouteContext {
  readonly state: State;
  /** Called with values as they are stored, even if the request fails later. */
  readonly onStored: (values: StoredValue[]) => void;
  /** The paths that are being created, as `ACCOUNT PATH`, if requests can race for them. */
  readonly creating: Set<string> | undefined;
}

/** The parameters in the path of a URL; a route has 0 or `""` for those it lacks. */
export interface Parameters {
  /** `{account_id}`. */
  readonly accountId: number;
  /** The id of what the route is about, such as `{entity_id}`. */
  readonly id: number;
  /** `{permission_id}`. */
  readonly permission: number;
  /** `{path}` or `{dashboard_slug}`. */
  readonly name: string;
}

/** A request for a route, with all that it takes to answer it. */
export interface Call extends Exchange, RouteContext, Parameters {
  /** Who sends it. */
  readonly user: UserRecord;
  /** The account in the path, if it exists. */
  readonly account: AccountRecords | undefined;
}

/** Answers a request for a route. */
export type Handler = (call: Call) => Answer | Promise<Answer>;

/** The handlers of a route by method, in the order of the backend, which names only the first one in `Allow`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Routes by the path after `/api/`, with parameters in braces. */
export type Routes = Readonly<Record<string, Handlers>>;

/** Constructs an {@linkcode Exchange}; `readBody` is called at most once. */
export function createExchange(
  request: Pick<Exchange, "method" | "url" | "headers" | "signal">,
  readBody: () => Promise<Uint8Array>,
): Exchange {
  let body: Promise<Uint8Array> | undefined;
  return {
    ...request,
    path: unquote(request.url.pathname),
    body: () => body ??= readBody(),
    work: { values: 0, newPaths: 0 },
  };
}

/** A parameter of the query; the last one counts. */
export function queryOf(url: URL, name: string): string | undefined {
  return url.searchParams.getAll(name).at(-1);
}

/** Decodes the path of a URL. One that is not UTF-8 leads nowhere, decoded or not. */
function unquote(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
