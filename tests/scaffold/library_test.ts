import { assertEquals } from "@std/assert";
import { checkoutPath, checkoutUrl } from "../../src/scaffold/library.ts";

Deno.test("checkoutUrl tells a checkout from JSR", () => {
  assertEquals(checkoutUrl("file:///home/me/a%20b/scaffold.ts"), "file:///home/me/a%20b/");
  assertEquals(checkoutUrl("file:///C:/library/scaffold.ts"), "file:///C:/library/");
  const onJsr = "https://jsr.example/@grafolean/collector/0.1.0/scaffold.ts";
  assertEquals(checkoutUrl(onJsr), undefined);
});

Deno.test("checkoutPath decodes the URL, with a drive on Windows", () => {
  assertEquals(checkoutPath("file:///home/me/a%20b/"), "/home/me/a b");
  assertEquals(checkoutPath("file:///C:/library/"), "C:/library");
});
