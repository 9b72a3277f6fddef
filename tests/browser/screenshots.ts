// Makes the pictures of the README: the page of `deno task demo`, and the status page of a bot. Takes 90 seconds, since
// charts need something to show.

// It talks to whoever runs it.
// deno-lint-ignore-file no-console

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TestBrowser } from "./browser_kit.ts";
import { DemoSite } from "./demo_site.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const IMAGES = join(ROOT, "docs", "images");

/** Longer than the demo's slowest value takes to come back to where it began. */
const SECONDS = 75;

const DEVICES = [
  ...["router Ljubljana", "router Maribor", "firewall", "core switch", "file server", "printer"],
  ...["switch 1st floor", "switch 2nd floor", "switch 3rd floor", "access point lobby"],
  ...["access point office", "UPS basement"],
];

await Deno.mkdir(IMAGES, { recursive: true });
const demo = new Deno.Command(Deno.execPath(), {
  args: ["run", "--no-prompt", "--allow-net=127.0.0.1", "templates/http/dev.ts"],
  cwd: ROOT,
  env: { LOG_LEVEL: "error" },
  stdin: "null",
  stdout: "piped",
}).spawn();
try {
  const url = await addressOf(demo);
  await using site = await DemoSite.start({ devices: DEVICES, interval: 5 });
  await using browser = await TestBrowser.start();
  const shots = [
    { name: "demo", page: await browser.open(url, { height: 860 }) },
    { name: "status", page: await browser.open(site.botUrl, { height: 860 }) },
  ];
  console.log(`Collecting for ${SECONDS} s`);
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  for (const { name, page } of shots) {
    // Only pages in front draw their charts.
    await page.bringToFront();
    await page.waitForTimeout(2000);
    const path = join(IMAGES, `${name}.png`);
    const { length } = await page.screenshot({ path });
    console.log(`${path}: ${Math.round(length / 1000)} kB`);
  }
} finally {
  demo.kill("SIGTERM");
  await demo.status;
}

/** The address that the demo prints; what it prints later is thrown away. */
async function addressOf(process: Deno.ChildProcess): Promise<string> {
  let printed = "";
  let found: (url: string) => void;
  const address = new Promise<string>((resolve) => found = resolve);
  const end = process.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text): void {
        printed = (printed + text).slice(-10_000);
        const url = /See it live at (\S+)/.exec(printed)?.[1];
        if (url !== undefined) found(url);
      },
    }),
  );
  return await Promise.race([
    address,
    end.then(() => Promise.reject(new Error(`The demo has ended: ${printed}`))),
  ]);
}
