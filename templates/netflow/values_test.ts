import { assertEquals } from "@std/assert";
import type { TrafficReport } from "./aggregator/traffic.ts";
import { trafficValues } from "./values.ts";

const NO_TRAFFIC: TrafficReport = {
  bytes: 0,
  interfaces: [],
  addresses: [],
  protocols: [],
  connections: [],
  ports: [],
};

Deno.test("trafficValues returns the paths that dashboards use", () => {
  const ingress: TrafficReport = {
    bytes: 300,
    addresses: [["10.0.0.1", 200], ["2001:db8::1", 100]],
    protocols: [[6, 200], [124, 60], [200, 40]],
    connections: [["10.0.0.1 10.9.0.1", 200], ["2001:db8::1 2001:db8::2", 100]],
    ports: [[443, 300]],
    interfaces: [
      { index: 17, bytes: 300, addresses: [["10.0.0.1", 200]], protocols: [[47, 300]] },
    ],
  };
  const egress = { ...NO_TRAFFIC, bytes: 5 };
  const window = {
    number: 1,
    label: "15min",
    reports: new Map([["192.0.2.1", { ingress, egress }]]),
  } as const;
  const values = trafficValues(window, [
    { entityId: 123, address: "192.0.2.1" },
    { entityId: 124, address: "192.0.2.2" },
  ]);
  assertEquals(Object.fromEntries(values), {
    "netflow.15min.ingress": 300,
    "netflow.15min.ingress.entity.123": 300,
    "netflow.15min.ingress.entity.123.topip.10%2e0%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.topip.2001%3adb8%3a%3a1": 100,
    "netflow.15min.ingress.entity.123.topprotocol.TCP": 200,
    "netflow.15min.ingress.entity.123.topprotocol.IS-IS_over_IPv4": 60,
    "netflow.15min.ingress.entity.123.topprotocol.proto200": 40,
    "netflow.15min.ingress.entity.123.topconn.10%2e0%2e0%2e1.10%2e9%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.topconn.2001%3adb8%3a%3a1.2001%3adb8%3a%3a2": 100,
    "netflow.15min.ingress.entity.123.topdstports.443": 300,
    "netflow.15min.ingress.entity.123.if.17": 300,
    "netflow.15min.ingress.entity.123.if.17.topip.10%2e0%2e0%2e1": 200,
    "netflow.15min.ingress.entity.123.if.17.topprotocol.GREs": 300,
    "netflow.15min.ingress.entity.124": 0,
    "netflow.15min.egress": 5,
    "netflow.15min.egress.entity.123": 5,
    "netflow.15min.egress.entity.124": 0,
  });
});
