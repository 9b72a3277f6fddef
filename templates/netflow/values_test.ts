import { assertEquals } from "@std/assert";
import type { TrafficReport } from "./aggregator/traffic.ts";
import type { Device } from "./device.ts";
import { accountValues, lossValues } from "./values.ts";

const NOTHING: TrafficReport = {
  bytes: 0,
  top: { addresses: [], connections: [], ports: [], protocols: [] },
  interfaces: [],
};

const device = (entityId: number, address: string): Device => ({
  accountId: 1,
  entityId,
  name: "router",
  address,
});

Deno.test("accountValues returns the paths that dashboards use", () => {
  const ingress: TrafficReport = {
    bytes: 300,
    top: {
      addresses: [["10.0.0.1", 200], ["2001:db8::1", 100]],
      connections: [["10.0.0.1 10.9.0.1", 200], ["2001:db8::1 2001:db8::2", 100]],
      ports: [["443", 300]],
      protocols: [["6", 200], ["124", 60], ["200", 40]],
    },
    interfaces: [[17, {
      bytes: 300,
      top: { addresses: [["10.0.0.1", 200]], protocols: [["47", 300]] },
    }]],
  };
  const egress = { ...NOTHING, bytes: 5 };
  const values = accountValues({
    label: "15min",
    report: (exporter, direction) =>
      exporter === "192.0.2.1" ? { ingress, egress }[direction] : NOTHING,
  }, [device(123, "192.0.2.1"), device(124, "192.0.2.2")]);
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

Deno.test("accountValues counts the traffic of two devices with one address once in the total", () => {
  const values = accountValues(
    { label: "1min", report: () => ({ ...NOTHING, bytes: 7 }) },
    [device(1, "192.0.2.1"), device(2, "192.0.2.1"), device(3, "192.0.2.3")],
  );
  const { "netflow.1min.ingress": total, ...rest } = Object.fromEntries(values);
  assertEquals(total, 14);
  assertEquals(Object.values(rest), [7, 7, 7, 7, 7, 7, 14]);
});

Deno.test("lossValues returns what devices lost", () => {
  const losses = new Map([
    ["192.0.2.1", { lost: 3, malformed: 2, undecodable: 1 }],
    ["192.0.2.2", { lost: 0, malformed: 0, undecodable: 0 }],
  ]);
  const values = lossValues([device(1, "192.0.2.1"), device(2, "192.0.2.2")], losses);
  assertEquals(Object.fromEntries(values), {
    "netflow.entity.1.lost": 3,
    "netflow.entity.1.malformed": 2,
    "netflow.entity.1.undecodable": 1,
    "netflow.entity.2.lost": 0,
    "netflow.entity.2.malformed": 0,
    "netflow.entity.2.undecodable": 0,
  });
});
