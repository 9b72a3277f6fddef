import type { GrafoleanRequest } from "../grafolean/request.ts";
import type { WaitingValue } from "./waiting_values.ts";

/** How values travel: POST gets the time of the backend, PUT carries its own and can be repeated without harm. */
export type Method = "POST" | "PUT";

/** Makes the request that carries values to their account. */
export function valuesRequest(
  method: Method,
  accountId: number,
  values: readonly Pick<WaitingValue, "p" | "v" | "t">[],
): GrafoleanRequest {
  const body = method === "POST"
    ? values.map(({ p, v }) => ({ p, v }))
    : values.map(({ p, v, t }) => ({ p, v, t: wireTime(t) }));
  return { method, path: `/accounts/${accountId}/values`, body: JSON.stringify(body) };
}

/** About how many bytes a value takes in the body of a request. */
export function wireSize(value: Pick<WaitingValue, "p" | "v">): number {
  return value.p.length + String(value.v).length + 50;
}

/**
 * The time as the backend reads it exactly: seconds with six decimals, as text. The text must start with two digits, the
 * first not a zero; a clock that has just started at 1970 gets a number instead.
 */
export function wireTime(microseconds: number): string | number {
  const seconds = Math.floor(microseconds / 1e6);
  if (seconds < 10) return microseconds / 1e6;
  return `${seconds}.${String(microseconds % 1e6).padStart(6, "0")}`;
}
