import { assertEquals } from "@std/assert";
import { testBoth } from "./fixture.ts";

testBoth("Sandbox.requests counts concurrent requests", async (f) => {
  f.sandbox.faults.add({ latency: 0.02 });
  await Promise.all([1, 2, 3].map(() => f.request("GET", "/accounts")));
  await f.request("GET", "/profile");
  assertEquals([f.sandbox.requests.count, f.sandbox.requests.maxConcurrent], [4, 3]);
  assertEquals(f.sandbox.requests.entries.map(({ path, status }) => [path, status]), [
    ["/accounts", 200],
    ["/accounts", 200],
    ["/accounts", 200],
    ["/profile", 200],
  ]);
  f.sandbox.requests.clear();
  assertEquals([f.sandbox.requests.count, f.sandbox.requests.maxConcurrent], [0, 0]);
});
