import type { UserRecord } from "./state.ts";

/** What a request has cost the backend, for the log and for the time it takes. */
export interface Work {
  /** How many values it carried. */
  values: number;
  /** How many paths it created. */
  newPaths: number;
}

/** A request, wherever it came from: a `Request` or a socket. */
export interface Exchange {
  /** The HTTP method. */
  readonly method: string;
  /** The whole URL. */
  readonly url: URL;
  /** The path of the URL with its escapes undone, as the backend sees it. */
  readonly path: string;
  /** The headers. */
  readonly headers: Headers;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Reads the whole body. */
  readonly body: () => Promise<Uint8Array>;
  /** Filled in by the routes. */
  readonly work: Work;
}

/** A request whose sender is known. */
export interface AuthenticatedExchange extends Exchange {
  /** Who sent it. */
  readonly user: UserRecord;
}

/** Undoes the escapes in the path of a URL; broken ones stay as they are. */
export function unquote(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return "\ufffd";
      }
    });
  }
}
