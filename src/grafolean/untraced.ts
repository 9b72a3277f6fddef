// Keeps requests out of the traces of OpenTelemetry.
//
// Tracers record the URL of each request, which contains the bot token, and send it to wherever traces are collected.

/** The used part of the `@opentelemetry/api` that a tracer has registered in this process. */
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

// Where any copy of version 1 of the API finds the registered tracer, and the keys of two values in its contexts.
const API = Symbol.for("opentelemetry.js.api.1");
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

const SAMPLED = 1;

// Deno 2.9 cannot suppress a span, but most of its samplers follow the decision for the parent span, or decide by the
// trace id and leave out the highest. This parent was not sampled and has the highest trace id.
const UNSAMPLED_PARENT = {
  spanContext: () => ({
    traceId: "f".repeat(32),
    spanId: "f".repeat(16),
    traceFlags: 0,
    isRemote: true,
  }),
};

/** Calls a function without tracing the requests that it sends. */
export function untraced<T>(work: () => T): T {
  const api = tracingApi();
  return api === undefined ? work() : api.context.with(quietContext(api), work);
}

/**
 * Returns what to do if Deno traces requests despite {@linkcode untraced}, or `undefined` if it does not. Other tracers
 * respect {@linkcode untraced}, or are up to the user.
 */
export function tracingProblem(): string | undefined {
  if (!("Deno" in globalThis)) return undefined;
  const api = tracingApi();
  if (api === undefined) return undefined;
  const probe = api.trace.getTracer("@grafolean/collector").startSpan("", {}, quietContext(api));
  if ((probe.spanContext().traceFlags & SAMPLED) === 0) return undefined;
  return "OTEL_DENO is on, and Deno's traces would contain the bot token, which is in the URL of each request to " +
    "Grafolean: set OTEL_TRACES_SAMPLER=parentbased_always_on to leave out these requests, or " +
    "OTEL_DENO_TRACING=false to turn off tracing";
}

function quietContext({ context }: TracingApi): TracingContext {
  return context.active().setValue(SUPPRESS_TRACING, true).setValue(SPAN, UNSAMPLED_PARENT);
}

function tracingApi(): TracingApi | undefined {
  const api = (globalThis as { readonly [API]?: Partial<TracingApi> })[API];
  // Only a part may be registered, such as metrics.
  return api?.context === undefined || api.trace === undefined ? undefined : api as TracingApi;
}
