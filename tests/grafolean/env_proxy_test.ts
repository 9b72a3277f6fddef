import { assertEquals } from "@std/assert";
import { envProxy } from "../../src/grafolean/env_proxy.ts";

function proxyOf(url: string, env: Record<string, string>): string | undefined {
  return envProxy(url, (name) => env[name]);
}

Deno.test("envProxy finds the variable that Deno uses", () => {
  const [all, http, https] = ["http://all:1", "http://http:2", "http://https:3"];
  for (
    const [env, plain, secure] of [
      [{}, undefined, undefined],
      [{ HTTP_PROXY: http }, "http://http:2 (HTTP_PROXY)", undefined],
      [{ https_proxy: https }, undefined, "http://https:3 (https_proxy)"],
      [{ HTTP_PROXY: http, http_proxy: https }, "http://http:2 (HTTP_PROXY)", undefined],
      [{ HTTP_PROXY: "", http_proxy: http }, "http://http:2 (http_proxy)", undefined],
      [
        { ALL_PROXY: all, HTTP_PROXY: http, HTTPS_PROXY: https },
        "http://all:1 (ALL_PROXY)",
        "http://all:1 (ALL_PROXY)",
      ],
    ] as const
  ) {
    assertEquals(proxyOf("http://grafolean.test/api", env), plain);
    assertEquals(proxyOf("https://grafolean.test/api", env), secure);
  }
});

Deno.test("envProxy shows no user name and no password", () => {
  for (
    const [value, shown] of [
      ["http://bot:s3cret@proxy:3128/", "http://proxy:3128 (HTTP_PROXY)"],
      ["bot:s3cret@proxy:3128", "http://proxy:3128 (HTTP_PROXY)"],
      ["socks5://bot:s3cret@proxy:1080", "socks5://proxy:1080 (HTTP_PROXY)"],
      ["http://bot:s3cret@:x", undefined],
    ] as const
  ) {
    assertEquals(proxyOf("http://grafolean.test/api", { HTTP_PROXY: value }), shown);
  }
});

Deno.test("envProxy respects NO_PROXY", () => {
  for (
    const [host, exceptions, isDirect] of [
      ["grafolean.test", "*", true],
      ["grafolean.test", "grafolean.test", true],
      ["grafolean.test", "other, .test", true],
      ["grafolean.test", "test", true],
      ["grafolean.test", "lean.test", false],
      ["grafolean.test", ",", false],
      ["10.1.2.3", "10.0.0.0/8", true],
      ["10.1.2.3", "10.1.2.3", true],
      ["10.1.2.3", "10.2.0.0/16,10.0.0.0/99", false],
      ["10.1.2.3", "2.3", false],
      ["[fd00::7]", "fd00::/8", true],
      ["[fd00::7]", "10.0.0.0/8", false],
    ] as const
  ) {
    const env = { ALL_PROXY: "http://proxy:3128", no_proxy: exceptions };
    assertEquals(proxyOf(`http://${host}/api`, env) === undefined, isDirect, exceptions);
  }
});
