import { assertEquals } from "@std/assert";
import { missingPermissions } from "../../src/grafolean/missing_permissions.ts";

Deno.test("missingPermissions names what every bot needs and this one lacks", () => {
  const all = [
    "GET on accounts/7/entities",
    "GET on accounts/7/credentials",
    "GET on accounts/7/sensors",
    "POST and PUT on accounts/7/values",
  ];
  const missing = (...permissions: [string | null, string[] | null][]) =>
    missingPermissions(
      permissions.map(([resource_prefix, methods]) => ({ resource_prefix, methods })),
      7,
    );
  assertEquals(missing(), all);
  for (const prefix of [null, "accounts", "accounts/7"]) assertEquals(missing([prefix, null]), []);
  // An item of a list, another account, and a prefix that ends within a segment.
  for (const prefix of ["accounts/7/entities/3", "accounts/77", "account", "accounts/7/ent"]) {
    assertEquals(missing([prefix, null]), all);
  }
  assertEquals(missing(["accounts/7", ["GET"]], ["accounts/7/values", ["POST"]]), [
    "PUT on accounts/7/values",
  ]);
});
