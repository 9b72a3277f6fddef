import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { pageResponse, renderPage, scriptOf } from "../../src/web/page.ts";

Deno.test("renderPage shows foreign text as text", () => {
  const html = renderPage({
    title: `<b>"R&D"</b>`,
    stylesheet: "page.css",
    scripts: ["a.js", "b.js"],
  });
  assertStringIncludes(html, "<title>&#60;b&#62;&#34;R&#38;D&#34;&#60;/b&#62;</title>");
  assertMatch(html, /src="a\.js" defer[^]*src="b\.js" defer/);
});

Deno.test("pageResponse lets a browser run and load nothing from elsewhere", () => {
  const { headers, status } = pageResponse("x", "js", 404);
  assertEquals([status, headers.get("content-type")], [404, "text/javascript; charset=utf-8"]);
  const policy = headers.get("content-security-policy")!;
  assertStringIncludes(policy, "default-src 'none'");
  assertEquals(/unsafe|https?:|\*/.test(policy), false);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
});

Deno.test("scriptOf defines functions and classes under their names, and calls the first one", () => {
  function main(): void {
    Reflect.set(globalThis, "scriptOfResult", new Sum(twice(2)).value);
  }
  const twice = (value: number) => 2 * value;
  // What bundlers make of a class declaration.
  const Sum = class {
    readonly value: number;
    constructor(value: number) {
      this.value = value;
    }
  };
  new Function(scriptOf(main, twice, Sum))();
  assertEquals(Reflect.get(globalThis, "scriptOfResult"), 4);
  Reflect.deleteProperty(globalThis, "scriptOfResult");
});

Deno.test("scriptOf refuses what it cannot send", () => {
  const main = () => {};
  for (const code of [Math.max, main.bind(undefined), (() => () => {})()]) {
    assertThrows(() => scriptOf(main, code), TypeError, "to a browser");
  }
});

Deno.test("scriptOf makes a script that runs after a bundler that keeps names", () => {
  const text = `return function main() { globalThis.kept = __name(() => 7, "inner")(); }`;
  new Function(scriptOf(new Function(text)()))();
  assertEquals(Reflect.get(globalThis, "kept"), 7);
  Reflect.deleteProperty(globalThis, "kept");
});
