import { assertEquals } from "@std/assert";
import { SnmpError, type SnmpErrorKind } from "./client/snmp_error.ts";
import { statusValues } from "./status.ts";

function status(error: unknown, responseTimeS?: number): Record<string, number> {
  return Object.fromEntries(statusValues({ get: () => undefined, error, responseTimeS }));
}

Deno.test("statusValues tells a device that answered from one that did not", () => {
  const error = (kind: SnmpErrorKind) => new SnmpError(kind, kind);
  assertEquals(status(undefined, 0.020000000000000018), { up: 1, response_time: 0.02 });
  assertEquals(status(error("timeout")), { up: 0 });
  // It stopped answering during the poll.
  assertEquals(status(error("timeout"), 0.02), { up: 1, response_time: 0.02 });
  // It answered, but nothing that a sensor asked for.
  assertEquals(status(undefined), { up: 1 });
  // It answered that it does not accept the user.
  assertEquals(status(error("refused")), { up: 1 });
});

Deno.test("statusValues gives none if the device could not be asked", () => {
  assertEquals(status(new SnmpError("unreachable", "no route")), {});
  assertEquals(status(new DOMException("stopped", "AbortError")), {});
});
