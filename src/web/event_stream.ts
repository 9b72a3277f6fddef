import { PAGE_HEADERS, pageResponse } from "./page.ts";

/** An event that a page gets. */
export interface ServerEvent {
  /** The type that the page listens for. */
  readonly event: string;
  /** Is sent as JSON. */
  readonly data: unknown;
}

/** Proxies and firewalls close connections that are silent for a minute or so. */
const KEEP_ALIVE_S = 15;
/** How soon a browser connects again. */
const RETRY_MS = 2000;
/** How far a viewer may lag behind, beside the events that it gets first. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** How much of what comes bit by bit waits for a viewer. */
const MAX_AHEAD_BYTES = 64 * 1024;
const MAX_VIEWERS = 50;

const HEADERS = {
  ...PAGE_HEADERS,
  "content-type": "text/event-stream",
  // nginx would collect events until its buffer is full.
  "x-accel-buffering": "no",
};

type Viewer = ReadableStreamDefaultController<Uint8Array>;

/** Server-sent events for everybody who has a page open. */
export class EventStream implements Disposable {
  /** With what ends the events that a viewer still gets bit by bit. */
  readonly #viewers = new Map<Viewer, (() => void) | undefined>();
  readonly #encoder = new TextEncoder();
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /** How many pages are open. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * Answers the request of a page for its events, until that goes or the stream is closed.
   *
   * @param initial What it gets at first; called only if it is sent. What comes bit by bit, without an end perhaps, is
   * asked for at the pace of the viewer; events that are sent meanwhile come in between.
   */
  response(
    request: Request,
    initial: () => Iterable<ServerEvent> | AsyncIterable<ServerEvent> = () => [],
  ): Response {
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    if (this.#closed || this.#viewers.size >= MAX_VIEWERS) {
      return pageResponse("Too many pages are open\n", "text", 503);
    }
    let text = `retry: ${RETRY_MS}\n\n`;
    const events = initial();
    const later = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : undefined;
    if (Symbol.iterator in events) {
      for (const { event, data } of events) text += format(event, data);
    }
    const first = this.#encoder.encode(text);
    let viewer: Viewer;
    const leave = () => this.#remove(viewer);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        viewer = controller;
        controller.enqueue(first);
        this.#add(controller, later && (() => void later.return?.()));
      },
      ...later === undefined ? {} : { pull: (controller) => this.#sendLater(controller, later) },
      cancel: leave,
    }, new ByteLengthQueuingStrategy({ highWaterMark: first.byteLength + MAX_BACKLOG_BYTES }));
    request.signal.addEventListener("abort", leave, { once: true });
    return new Response(body, { headers: HEADERS });
  }

  /** Sends an event to all open pages. One that lags too far behind is cut off; its browser connects again. */
  send(event: string, data: unknown): void {
    if (this.#viewers.size > 0) this.#write(format(event, data));
  }

  /** Ends the streams of all pages. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const viewer of this.#viewers.keys()) {
      this.#remove(viewer);
      // Not one whose events have failed a moment ago.
      if (viewer.desiredSize !== null) viewer.close();
    }
  }

  #write(text: string): void {
    const bytes = this.#encoder.encode(text);
    for (const viewer of this.#viewers.keys()) {
      if ((viewer.desiredSize ?? 0) >= bytes.byteLength) viewer.enqueue(bytes);
      else {
        this.#remove(viewer);
        viewer.error(new Error("The viewer is too slow"));
      }
    }
  }

  /** Sends what comes bit by bit, until so much of it waits that the viewer has to read first. */
  async #sendLater(
    viewer: Viewer,
    events: AsyncIterator<ServerEvent>,
  ): Promise<void> {
    while ((viewer.desiredSize ?? 0) > MAX_BACKLOG_BYTES - MAX_AHEAD_BYTES) {
      const { done, value } = await events.next();
      if (done || !this.#viewers.has(viewer)) return;
      viewer.enqueue(this.#encoder.encode(format(value.event, value.data)));
    }
  }

  #add(viewer: Viewer, endLater: (() => void) | undefined): void {
    this.#viewers.set(viewer, endLater);
    this.#keepAlive ??= setInterval(() => this.#write(":\n\n"), KEEP_ALIVE_S * 1000);
  }

  #remove(viewer: Viewer): void {
    this.#viewers.get(viewer)?.();
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}

/** JSON has no line breaks, so that each event has one line of data. */
function format(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
