import type { GrafoleanRequest } from "../grafolean/request.ts";
import type { WaitingValue } from "./store/waiting_values.ts";

/** How values travel: POST gets the time of the backend, PUT carries its own and can be repeated without harm. */
export type Method = "POST" | "PUT";

/** Returns the request that carries values to their account. */
export function valuesRequest(
  method: Method,
  accountId: number,
  values: readonly Pick<WaitingValue, "p" | "v" | "t">[],
): GrafoleanRequest {
  return {
    method,
    path: `/accounts/${accountId}/values`,
    body: method === "POST" ? postBody(values) : putBody(values),
  };
}

// Several times faster than JSON.stringify(). Paths need no escaping, and texts are decimal numbers.
function postBody(values: readonly Pick<WaitingValue, "p" | "v">[]): string {
  return `[${values.map(({ p, v }) => `{"p":"${p}","v":${wireValue(v)}}`).join(",")}]`;
}

function putBody(values: readonly Pick<WaitingValue, "p" | "v" | "t">[]): string {
  let last = NaN;
  let time = "";
  const items = values.map(({ p, v, t }) => {
    if (t !== last) time = JSON.stringify(wireTime(t));
    last = t;
    return `{"p":"${p}","v":${wireValue(v)},"t":${time}}`;
  });
  return `[${items.join(",")}]`;
}

function wireValue(value: number | string): string {
  return typeof value === "number" ? `${value}` : `"${value}"`;
}

// A number of JavaScript has up to 25 characters; around it are the names of the fields and the time.
const FIELD_BYTES = 75;

/** Returns about how many bytes a value takes in the body of a request. */
export function wireSize({ p, v }: Pick<WaitingValue, "p" | "v">): number {
  return FIELD_BYTES + p.length + (typeof v === "string" ? v.length : 0);
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
