// Publishes the package to JSR; arguments such as `--dry-run` are passed on to `deno publish`.
//
// Not from the checkout itself: its `links` lead into the package, and `deno publish` would ask to publish what is linked.
// So this works on a copy: for a dry run with links that lead out of it, for the real thing without any.

import { join } from "node:path";
import { copyCheckout } from "./copy_checkout.ts";

const root = join(import.meta.dirname!, "..");
const scratch = await Deno.realPath(await Deno.makeTempDir({ prefix: "collector-" }));
const links = ["assert", "async", "cli", "dotenv"].map((name) => join(root, "offline", name));

try {
  await copyCheckout(root, scratch, Deno.args.includes("--dry-run") ? links : []);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", ...Deno.args],
    cwd: scratch,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(scratch, { recursive: true });
}
