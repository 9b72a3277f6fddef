// Keeps requests out of the traces of OpenTelemetry.
//
// Tracers note the URL of each request, in which Grafolean wants the token, and send it to wherever traces are collected.

import process from "node:process";

/** What is used of the `@opentelemetry/api` that a tracer has set up in this process. */
interface TracingApi {
  readonly context: {
    active(): TracingContext;
    with<T>(context: TracingContext, work: () => T): T;
  };
  readonly trace: {
    getTracer(name: string): {
      startSpan(
        name: string,
        options: object,
        context: TracingContext,
      ): { spanContext(): { readonly traceFlags: number } };
    };
  };
}

interface TracingContext {
  setValue(key: symbol, value: unknown): TracingContext;
}

// Where the API, in any copy of its version 1, finds what was set up, and the names of the two values in its contexts.
const API = Symbol.for("opentelemetry.js.api.1");
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

const SAMPLED = 1;

// The Deno of today knows no way to suppress a span, but most of its samplers decide as it was decided for the parent, or
// by the number of the trace, of which the highest is left out: so is this one, which was never anywhere.
const LEFT_OUT = {
  spanContext: () => ({
    traceId: "f".repeat(32),
    spanId: "f".repeat(16),
    traceFlags: 0,
    isRemote: true,
  }),
};

/** Calls a function whose requests tracers should leave out. */
export function untraced<T>(work: () => T): T {
  const api = tracingApi();
  return api === undefined ? work() : api.context.with(quietContext(api), work);
}

/**
 * Says what to do where Deno traces requests and cannot be kept from it; `undefined` where all is well. Other tracers heed
 * {@linkcode untraced}, or are the business of whoever has set them up.
 */
export function tracingProblem(): string | undefined {
  if (process.versions["deno"] === undefined) return undefined;
  const api = tracingApi();
  if (api === undefined) return undefined;
  const probe = api.trace.getTracer("@grafolean/collector").startSpan("", {}, quietContext(api));
  if ((probe.spanContext().traceFlags & SAMPLED) === 0) return undefined;
  return "OTEL_DENO is on, and the traces of Deno would hold the bot token, which is in the URL of each request to " +
    "Grafolean: set OTEL_TRACES_SAMPLER=parentbased_always_on, which leaves these requests out, or " +
    "OTEL_DENO_TRACING=false for no traces at all";
}

function quietContext({ context }: TracingApi): TracingContext {
  return context.active().setValue(SUPPRESS_TRACING, true).setValue(SPAN, LEFT_OUT);
}

function tracingApi(): TracingApi | undefined {
  const api = (globalThis as { readonly [API]?: Partial<TracingApi> })[API];
  // A part of it alone, such as that for metrics, traces nothing.
  return api?.context === undefined || api.trace === undefined ? undefined : api as TracingApi;
}
