import { assertEquals } from "@std/assert";
import { StatusPage } from "../../src/status/page/status_page.ts";
import { serve, type WebServer } from "../../src/web/serve.ts";
import { job, TestBot } from "../collector/collector_kit.ts";
import { FakeRunningBot } from "../status/page/page_kit.ts";
import { freePort } from "../free_port.ts";
import { until } from "../until.ts";
import { inBrowser, TestBrowser } from "./browser_kit.ts";

/** A bot with jobs, and its status page. */
class Stage implements AsyncDisposable {
  readonly #bot: TestBot;
  readonly #page: StatusPage;
  readonly #stop = new AbortController();
  readonly #execution: Promise<void>;
  readonly #port = freePort();
  #server: WebServer | undefined;
  #silenced = 0;

  /** The jobs have those of `names` with the next refresh. */
  constructor(names: readonly string[]) {
    this.#bot = new TestBot({
      refresh: 1,
      jobs: () =>
        names.map((name, index) =>
          job(`id-${index}`, {
            name,
            intervals: [2],
            performJob: async (_intervals, _params, context) => {
              if (name.includes("broken")) throw new Error(`No answer from ${name}`);
              await context.sendResults(1, { [`rooms.${index}.temperature`]: 21.5 });
            },
          })
        ),
    });
    this.#page = new StatusPage(new FakeRunningBot(this.#bot));
    this.#execution = this.#bot.execute({ signal: this.#stop.signal });
  }

  /** Returns the address; the second time, of another server at the same one. */
  async serve(): Promise<string> {
    this.#server = await serve(
      async (request) => {
        const answer = await this.#page.handle(request, new URL(request.url).pathname.slice(1));
        return this.#interruptible(answer ?? new Response(null, { status: 404 }));
      },
      { port: this.#port, hostname: "127.0.0.1" },
    );
    return this.#server.url;
  }

  /** Answers go no further from now on, as if the network were gone; those to later requests do. */
  silence(): void {
    this.#silenced++;
  }

  #interruptible(answer: Response): Response {
    const before = this.#silenced;
    const transform = (chunk: Uint8Array, to: TransformStreamDefaultController<Uint8Array>) => {
      if (this.#silenced === before) to.enqueue(chunk);
    };
    return new Response(answer.body?.pipeThrough(new TransformStream({ transform })), answer);
  }

  async cutOff(): Promise<void> {
    await this.#server?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page[Symbol.asyncDispose]();
    await this.#server?.close();
    this.#stop.abort();
    await this.#execution;
  }
}

Deno.test({
  ...inBrowser("the status page says that the connection is lost, and catches up"),
  async fn() {
    const names = ["sw-1"];
    await using stage = new Stage(names);
    await using browser = await TestBrowser.start();
    const page = await browser.open(await stage.serve());
    await page.getByRole("gridcell", { name: "sw-1" }).waitFor();
    await stage.cutOff();
    const alert = page.getByRole("alert");
    await alert.filter({ hasText: "Connection lost" }).waitFor();
    await page.getByText("Last known: healthy").waitFor();
    names.splice(0, 1, "sw-2", "sw-3");
    await stage.serve();
    await alert.waitFor({ state: "hidden" });
    await page.getByText(/^Healthy for/).waitFor();
    for (const name of names) await page.getByRole("gridcell", { name }).waitFor();
    await page.getByRole("gridcell", { name: "sw-1" }).waitFor({ state: "hidden" });
  },
});

Deno.test({
  ...inBrowser("the status page connects again when nothing comes any more"),
  async fn() {
    const names = ["sw-1"];
    await using stage = new Stage(names);
    await using browser = await TestBrowser.start();
    const page = await browser.open(await stage.serve());
    await page.clock.install();
    await page.reload();
    await page.getByRole("gridcell", { name: "sw-1" }).waitFor();
    stage.silence();
    names.splice(0, 1, "sw-2");
    await page.clock.fastForward(30_000);
    await page.getByRole("gridcell", { name: "sw-2" }).waitFor();
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("the status page takes no connection while its tab is hidden"),
  async fn() {
    await using stage = new Stage(["sw-1"]);
    await using browser = await TestBrowser.start();
    const url = await stage.serve();
    let page = await browser.open(url);
    const context = page.context();
    const hide = (hidden: boolean) =>
      page.evaluate(`(() => {
        Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      })()`);
    // A browser has six connections to a server.
    for (let tab = 0; tab < 7; tab++) {
      await page.getByRole("gridcell", { name: "sw-1" }).waitFor();
      await hide(true);
      page = await context.newPage();
      await page.goto(url);
    }
    await page.getByRole("gridcell", { name: "sw-1" }).waitFor();
    await hide(true);
    await page.evaluate(`document.querySelector("h1").textContent = ""`);
    await hide(false);
    await page.getByRole("heading", { name: "demo-bot" }).waitFor();
  },
});

Deno.test({
  ...inBrowser("the status page shows the texts of others as texts"),
  async fn() {
    const name = "broken <img src=x onerror=alert(1)>";
    await using stage = new Stage([name]);
    await using browser = await TestBrowser.start();
    const page = await browser.open(await stage.serve());
    await page.locator('.row[data-state="failing"]').click();
    const dialog = page.getByRole("dialog", { name });
    await dialog.getByText(`No answer from ${name}`).waitFor();
    assertEquals(await page.locator("img").count(), 0);
    assertEquals(browser.takeErrors(), []);
  },
});

Deno.test({
  ...inBrowser("the status page leaves the focus on a problem that happens again"),
  async fn() {
    await using stage = new Stage(["broken sw-1"]);
    await using browser = await TestBrowser.start();
    const page = await browser.open(await stage.serve());
    const problem = page.getByRole("listitem").filter({ hasText: "No answer from" });
    await problem.getByRole("button", { name: "broken sw-1" }).focus();
    const times = async () => Number(/(\d+) times/.exec(await problem.innerText())?.[1] ?? 1);
    const before = await times();
    await until(async () => await times() > before, times);
    assertEquals(await page.evaluate("document.activeElement.textContent"), "broken sw-1");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "broken sw-1" }).waitFor();
    assertEquals(browser.takeErrors(), []);
  },
});
