import type { Browser, BrowserContext, Page } from "playwright-core";

/** Where Debian, and others, keep it. */
const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Longer than any page takes; a test that hangs is ended by its own timeout. */
const TIMEOUT_MS = 120_000;

const executablePath = PATHS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** Options of a page that a test opens. */
export interface PageOptions {
  /** What the system prefers. @default "light" */
  readonly theme?: "light" | "dark";
  /** In pixels. @default 1280 */
  readonly width?: number;
  /** In pixels. @default 800 */
  readonly height?: number;
}

/** A browser, and the errors of all pages that it has open. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  readonly #errors: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Starts it. */
  static async start(): Promise<TestBrowser> {
    // When it is imported, playwright looks in /proc for signs of Windows, for which Deno wants every permission.
    Deno.env.set("__IS_WSL_TEST__", "1");
    const { chromium } = await import("playwright-core");
    return new TestBrowser(
      await chromium.launch({
        executablePath: executablePath!,
        // Its sandbox refuses to run as root.
        args: ["--no-sandbox"],
        timeout: TIMEOUT_MS,
      }),
    );
  }

  /** Opens a page without anything that is left from another one. */
  async open(url: string, options: PageOptions = {}): Promise<Page> {
    const { theme = "light", width = 1280, height = 800 } = options;
    const context = await this.#browser.newContext({
      colorScheme: theme,
      viewport: { width, height },
      reducedMotion: "reduce",
      locale: "en-GB",
      timezoneId: "UTC",
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.#errors.push(String(error.stack ?? error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.#errors.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  /** What went wrong in the pages since it was last asked for. */
  takeErrors(): string[] {
    return this.#errors.splice(0);
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
  }
}

/** The name of a test in a browser, which is skipped without chromium. */
export function inBrowser(name: string): Pick<Deno.TestDefinition, "name" | "ignore"> {
  return { name: `${name} (needs chromium)`, ignore: executablePath === undefined };
}
