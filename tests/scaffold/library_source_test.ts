import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { checkoutScopes, librarySource, OFFLINE } from "../../src/scaffold/library_source.ts";
import { exists, IS_CHECKOUT, ROOT } from "./project_kit.ts";

Deno.test("librarySource tells a checkout from JSR", () => {
  assertEquals(librarySource("file:///home/me/a%20b/scaffold.ts"), {
    kind: "checkout",
    url: "file:///home/me/a%20b/",
  });
  assertEquals(librarySource("file:///C:/library/scaffold.ts"), {
    kind: "checkout",
    url: "file:///C:/library/",
  });
  const onJsr = "https://jsr.example/@grafolean/collector/0.1.0/scaffold.ts";
  assertEquals(librarySource(onJsr), { kind: "jsr" });
});

Deno.test("checkoutScopes leads the project to what it imports, and the library to all that it needs", () => {
  const url = "file:///C:/library/";
  const scopes = checkoutScopes(url, ["@grafolean/collector", "@std/assert", "net-snmp"]);
  assertEquals(Object.keys(scopes), ["./", url]);
  assertEquals(Object.keys(scopes["./"]!), [
    "@grafolean/collector",
    "@grafolean/collector/testing",
    "@std/assert",
  ]);
  assertEquals(scopes[url]!["@std/async/delay"], "file:///C:/library/offline/async/delay.ts");
});

Deno.test("checkoutScopes knows all that offline/ has", { ignore: !IS_CHECKOUT }, async () => {
  const found: Record<string, string> = {};
  for (const name of ["assert", "async", "cli", "dotenv"]) {
    const path = join(ROOT, "offline", name, "deno.json");
    const { exports } = JSON.parse(await Deno.readTextFile(path));
    for (const [subpath, file] of Object.entries<string>(exports)) {
      found[`@std/${join(name, subpath)}`.replace(/\/$/, "").replaceAll("\\", "/")] = file.replace(
        "./",
        `offline/${name}/`,
      );
    }
  }
  assertEquals({ ...OFFLINE }, found);
  for (const path of Object.values(OFFLINE)) assertEquals(exists(join(ROOT, path)), true, path);
});
