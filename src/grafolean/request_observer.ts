import type { GrafoleanRequest } from "./request.ts";

/** Who observes the requests to Grafolean. */
export interface RequestObserver {
  /** A request to Grafolean has ended. */
  readonly onRequest?: (request: EndedRequest) => void;
}

/** A request to Grafolean that has ended. */
export interface EndedRequest {
  /** What it was for: a resource that was read or written, values, or whether Grafolean is up. */
  readonly kind: typeof KINDS[number] | "other";
  /** The method. */
  readonly method: GrafoleanRequest["method"];
  /** The status of the answer; `undefined` without a complete one. */
  readonly status: number | undefined;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

const KINDS = [
  "profile",
  "accounts",
  "entities",
  "credentials",
  "sensors",
  "values",
  "status",
] as const;

/** What a request is for, by the first name in its path, or the one after `/accounts/ID`. */
export function kindOf({ path }: Pick<GrafoleanRequest, "path">): EndedRequest["kind"] {
  const names = path.split(/[/?]/);
  const part = names[3] ?? names[1];
  return KINDS.find((kind) => kind === part) ?? "other";
}
