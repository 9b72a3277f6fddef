import { runInSandbox } from "@grafolean/collector/testing";
import { HttpBot, PROTOCOL } from "./bot.ts";
import { SETUP } from "./setup.ts";

interface Page {
  /** How long it takes, in milliseconds. */
  readonly ms: number;
  readonly status?: number;
  readonly text?: string;
}

/** Starts a web server on a free local port and returns its URL. */
function serve(page: () => Page): string {
  const { addr } = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async () => {
    const { ms, status = 200, text = "Hello!" } = page();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return new Response(text, { status });
  });
  return `http://127.0.0.1:${addr.port}/`;
}

/** Rises from 0 to 1 and falls again, once in so many seconds. */
const wave = (seconds: number) => (1 - Math.cos(Date.now() * 2 * Math.PI / seconds / 1000)) / 2;

const shop = serve(() => ({ ms: 30 + 120 * wave(40) + 30 * Math.random() }));
let products = 50;
const search = serve(() => {
  products = Math.max(1, products + Math.round(20 * (Math.random() - 0.5)));
  return { ms: products * 4, text: "A product.\n".repeat(products) };
});
const checkout = serve(() => wave(60) < 0.85 ? { ms: 60 + 20 * wave(7) } : { ms: 2, status: 503 });
const down = "http://127.0.0.1:2/";

const sensors = SETUP.sensors.map((sensor) => ({ ...sensor, interval: 2 }));

await runInSandbox(HttpBot, {
  protocol: PROTOCOL,
  credential: { timeout: "5" },
  devices: [
    { name: "shop", details: { url: shop }, sensors },
    { name: "search", details: { url: search }, sensors },
    { name: "flaky checkout", details: { url: checkout }, sensors },
    { name: "page that is down", details: { url: down }, sensors },
  ],
});
// The web servers would keep the program running.
Deno.exit();
