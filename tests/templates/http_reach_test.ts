import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { deno, ROOT, tempDir } from "../scaffold/project_kit.ts";

/** What leads to this machine or to the credentials of one in a cloud, in odd spellings too. */
const URLS = [
  "http://localhost:2/",
  "http://127.1.2.3:2/",
  "http://2130706433:2/",
  "http://0.0.0.0:2/",
  "http://[::]:2/",
  "http://[::1]:2/",
  "http://[::ffff:127.0.0.1]:2/",
  "http://169.254.169.254/",
  "http://[::ffff:169.254.169.254]/",
];

Deno.test("HttpBot reaches nothing that the --deny-net in its README excludes, by names and odd spellings either", async () => {
  const readme = await Deno.readTextFile(join(ROOT, "templates/http/README.md"));
  const [flag = ""] = /--deny-net=[^\s`]+/.exec(readme) ?? [];
  await using dir = await tempDir();
  await Deno.writeTextFile(
    join(dir.path, "fetch.ts"),
    `for (const url of ${JSON.stringify(URLS)}) {
      const signal = AbortSignal.timeout(60_000);
      const error = await fetch(url, { signal }).then(() => "an answer", (error) => error);
      console.log(url, error.cause?.message ?? error.message);
    }`,
  );
  const { out } = await deno(dir.path, ["run", "--no-prompt", "--allow-net", flag, "fetch.ts"]);
  const lines = out.trim().split("\n");
  assertEquals(lines.length, URLS.length, out);
  for (const line of lines) assertMatch(line, /Requires net access to/);
});
