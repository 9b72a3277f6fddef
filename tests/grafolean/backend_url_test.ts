import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  backendUrlHint,
  backendUrlProblem,
  backendUrlWithApi,
  normalizeBackendUrl,
} from "../../src/grafolean/backend_url.ts";

Deno.test("normalizeBackendUrl normalizes URLs", () => {
  for (
    const [url, normal] of [
      ["http://host/api", "http://host/api"],
      ["http://host/api/", "http://host/api"],
      ["http://host/api///", "http://host/api"],
      [" HTTPS://Host:443/api\n", "https://host/api"],
      ["http://host:8080", "http://host:8080"],
      ["http://[::1]:5000/api", "http://[::1]:5000/api"],
      ["http://host/grafolean/api/", "http://host/grafolean/api"],
    ] as const
  ) {
    assertEquals(normalizeBackendUrl(url), normal);
    assertEquals(backendUrlProblem(url), undefined);
  }
});

Deno.test("normalizeBackendUrl refuses other URLs, without repeating secrets", () => {
  for (
    const [url, problem] of [
      ["", "it is not a URL: expected something like"],
      ["grafolean.example.com/api", "it is not a URL: expected something like"],
      ["localhost:8000/api", "it does not start with http:// or https://"],
      ["ftp://host/api", "it does not start with http:// or https://"],
      ["http://host/api?b=hush", "it contains a query or a fragment"],
      ["http://host/api?", "it contains a query or a fragment"],
      ["http://host/api#", "it contains a query or a fragment"],
      ["http://user:hush@host/api", "it contains a user name or password"],
      ["http://user:hu/s@h@host/api", "it"],
    ] as const
  ) {
    assert(backendUrlProblem(url)?.startsWith(problem), backendUrlProblem(url));
    const error = assertThrows(() => normalizeBackendUrl(url), TypeError, problem);
    assert(error.message.startsWith('Cannot use the backend URL "'));
    assert(!/hush|s@h/.test(error.message), error.message);
  }
});

Deno.test("normalizeBackendUrl refuses hosts that are none", () => {
  for (
    const host of ["x;whoami", "x,evil.com", "*", "*.example.com", "a b", "[x]", "[::1", "x$(id)"]
      .concat(["`id`", "a&b", "a|b", "a'b", 'a"b', "a(b)", "a{b}", "a=b", "a!b", "a~b", "a+b"])
      .concat(["x%3Bwhoami", "x%2Cevil.com", "a..b", ".a", "-a", "a-", "a-.", "."])
  ) {
    assert(backendUrlProblem(`http://${host}/api`) !== undefined, host);
    assertThrows(() => normalizeBackendUrl(`http://${host}/api`), TypeError);
  }
  assertEquals(
    backendUrlProblem("http://x;whoami/api"),
    'its host "x;whoami" is neither a name nor an IP address',
  );
});

Deno.test("normalizeBackendUrl accepts hosts that look odd", () => {
  for (
    const [host, normal] of [
      ["grafolean_backend_1", "grafolean_backend_1"],
      ["_dmarc.example.com", "_dmarc.example.com"],
      ["grafolean.example.com.", "grafolean.example.com."],
      ["xn--bcher-kva.example", "xn--bcher-kva.example"],
      ["bücher.example", "xn--bcher-kva.example"],
      ["10.0.0.1", "10.0.0.1"],
      ["[2001:DB8::1]:8000", "[2001:db8::1]:8000"],
      ["[::ffff:10.0.0.1]", "[::ffff:a00:1]"],
      ["7", "0.0.0.7"],
      ["a--b.c-d", "a--b.c-d"],
    ] as const
  ) {
    assertEquals(normalizeBackendUrl(`http://${host}/api`), `http://${normal}/api`);
  }
});

Deno.test("backendUrlWithApi returns what is meant", () => {
  assertEquals(backendUrlWithApi("http://host"), "http://host/api");
  assertEquals(backendUrlWithApi("http://host:8000/grafolean/"), "http://host:8000/grafolean/api");
  assertEquals(backendUrlWithApi("http://host/api/"), undefined);
  assertEquals(backendUrlWithApi("https://api"), "https://api/api");
});

Deno.test("backendUrlHint mentions a missing /api", () => {
  assertEquals(backendUrlHint("http://host"), "the backend URL usually ends with /api");
  assertEquals(
    backendUrlHint("http://host/api"),
    "check that the backend URL is that of Grafolean",
  );
});
