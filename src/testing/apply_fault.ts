import { delay } from "@std/async/delay";
import {
  type Answer,
  bare,
  detail,
  encode,
  internalServerError,
  nginxPage,
} from "./backend/answer.ts";
import type { Exchange } from "./backend/exchange.ts";
import type { Fault } from "./faults.ts";

/** What a client gets: an answer, or a connection that breaks before or within it. */
export interface Outcome {
  /** Absent where the connection breaks before the answer. */
  readonly answer: Answer | undefined;
  /** Whether the connection breaks. */
  readonly cut: boolean;
}

/**
 * Handles a request under the effect of a fault.
 *
 * @throws The reason of the request's signal if it aborts while the fault delays or hangs.
 */
export async function applyFault(
  fault: Fault,
  exchange: Exchange,
  handle: () => Promise<Answer>,
): Promise<Outcome> {
  const { latency, hang = false, drop, status, processed = false } = fault;
  const { signal } = exchange;
  if (latency) await delay(latency * 1000, { signal });
  if (drop === "before-body" && !processed) return { answer: undefined, cut: true };
  const fails = hang || drop !== undefined || status !== undefined;
  let answer: Answer | undefined;
  if (processed || drop === "mid-response" || !fails) answer = await handle();
  else await exchange.body();
  if (hang) await rejectOnAbort(signal);
  if (status !== undefined) answer = faultAnswer(status, fault);
  if (drop === undefined) return { answer, cut: false };
  return { answer: drop === "mid-response" ? answer : undefined, cut: true };
}

/** Never resolves; rejects with the reason of the signal when it aborts. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function faultAnswer(status: number, { body, headers = {} }: Fault): Answer {
  const usual = usualAnswer(status);
  return {
    status,
    headers: { ...usual.headers, ...headers },
    body: body === undefined ? usual.body : encode(body),
  };
}

const NGINX_TITLES: Readonly<Record<number, string>> = {
  408: "Request Time-out",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

function usualAnswer(status: number): Answer {
  if (status === 204) return { status, headers: {}, body: null };
  if (status === 401) return bare(401, "Access denied");
  if (status === 403) return bare(403, "Access to resource denied, insufficient permissions");
  if (status === 500) return internalServerError();
  const title = NGINX_TITLES[status];
  return title === undefined ? detail(status, "Fault") : nginxPage(status, title);
}
