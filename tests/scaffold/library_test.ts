import { assertEquals } from "@std/assert";
import { librarySource } from "../../src/scaffold/library.ts";

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
