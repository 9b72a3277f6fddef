import { assertEquals } from "@std/assert";
import { MemoryBudget } from "./aggregator/memory_budget.ts";
import { Traffic } from "./aggregator/traffic.ts";
import { testFlow } from "./testing/flow.ts";
import { trafficValues } from "./values.ts";

Deno.test("trafficValues returns the paths that dashboards use", () => {
  const traffic = new Traffic(new MemoryBudget(1_000_000));
  const v6 = { source: "2001:db8::1", destination: "2001:db8::2" };
  traffic.add(testFlow({ bytes: 200, input: 17, protocol: 47 }));
  traffic.add(testFlow({ ...v6, bytes: 60, input: -1, protocol: 124 }));
  traffic.add(testFlow({ ...v6, bytes: 40, input: -1, protocol: 200, destinationPort: -1 }));
  const prefix = "netflow.15min.ingress.entity.123";
  assertEquals(Object.fromEntries(trafficValues(prefix, traffic.report())), {
    "netflow.15min.ingress.entity.123": 300,
    "netflow.15min.ingress.entity.123.topip.10%2e0%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.topip.2001%3adb8%3a%3a1": 100,
    "netflow.15min.ingress.entity.123.topprotocol.GREs": 200,
    "netflow.15min.ingress.entity.123.topprotocol.IS-IS_over_IPv4": 60,
    "netflow.15min.ingress.entity.123.topprotocol.proto200": 40,
    "netflow.15min.ingress.entity.123.topconn.10%2e0%2e0%2e1.10%2e9%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.topconn.2001%3adb8%3a%3a1.2001%3adb8%3a%3a2": 100,
    "netflow.15min.ingress.entity.123.topdstports.443": 260,
    "netflow.15min.ingress.entity.123.if.17": 200,
    "netflow.15min.ingress.entity.123.if.17.topip.10%2e0%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.if.17.topprotocol.GREs": 200,
  });
});

Deno.test("trafficValues returns 0 for an exporter that sent nothing", () => {
  const report = new Traffic(new MemoryBudget(0)).report();
  assertEquals([...trafficValues("netflow.1h.egress.entity.124", report)], [
    ["netflow.1h.egress.entity.124", 0],
  ]);
});
