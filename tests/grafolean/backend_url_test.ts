import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  backendUrlHint,
  backendUrlProblem,
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

Deno.test("backendUrlHint mentions a missing /api", () => {
  assertEquals(backendUrlHint("http://host"), "the backend URL usually ends with /api");
  assertEquals(
    backendUrlHint("http://host/api"),
    "check that the backend URL is that of Grafolean",
  );
});
