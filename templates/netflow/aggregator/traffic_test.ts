import { assert, assertEquals } from "@std/assert";
import type { Flow } from "../decoder/flow.ts";
import { Traffic } from "./traffic.ts";

const FLOW: Flow = {
  bytes: 100,
  packets: 1,
  direction: "ingress",
  input: 1,
  output: 2,
  source: "10.0.0.1",
  destination: "10.9.0.1",
  protocol: 6,
  sourcePort: 40_000,
  destinationPort: 443,
};

Deno.test("Traffic reports sources and input interfaces of ingress", () => {
  const traffic = new Traffic();
  traffic.add(FLOW);
  traffic.add({ ...FLOW, bytes: 50, source: "10.0.0.2", input: 7, protocol: 17 });
  traffic.add({ ...FLOW, bytes: 1, destinationPort: 80 });
  assertEquals(traffic.report(), {
    bytes: 151,
    addresses: [["10.0.0.1", 101], ["10.0.0.2", 50]],
    protocols: [[6, 101], [17, 50]],
    connections: [["10.0.0.1 10.9.0.1", 101], ["10.0.0.2 10.9.0.1", 50]],
    ports: [[443, 150], [80, 1]],
    interfaces: [
      { index: 1, bytes: 101, addresses: [["10.0.0.1", 101]], protocols: [[6, 101]] },
      { index: 7, bytes: 50, addresses: [["10.0.0.2", 50]], protocols: [[17, 50]] },
    ],
  });
});

Deno.test("Traffic reports destinations and output interfaces of egress", () => {
  const traffic = new Traffic();
  traffic.add({ ...FLOW, direction: "egress" });
  const { addresses, connections, interfaces } = traffic.report();
  assertEquals(addresses, [["10.9.0.1", 100]]);
  assertEquals(connections, [["10.0.0.1 10.9.0.1", 100]]);
  assertEquals(interfaces.map(({ index }) => index), [2]);
});

Deno.test("Traffic counts flows without addresses in its other sums", () => {
  const traffic = new Traffic();
  traffic.add({ ...FLOW, source: "", destination: "" });
  const { bytes, addresses, connections, protocols } = traffic.report();
  assertEquals({ bytes, addresses, connections, protocols }, {
    bytes: 100,
    addresses: [],
    connections: [],
    protocols: [[6, 100]],
  });
});

Deno.test("Traffic reports the top 10 of each kind", () => {
  const traffic = new Traffic();
  for (let n = 1; n <= 40; n++) {
    traffic.add({
      ...FLOW,
      bytes: n,
      source: `10.0.0.${n}`,
      protocol: n,
      destinationPort: n,
    });
  }
  const { addresses, protocols, ports, connections, interfaces } = traffic.report();
  assertEquals(addresses.map(([address]) => address), [
    ...Array.from({ length: 10 }, (_, n) => `10.0.0.${40 - n}`),
  ]);
  for (const list of [protocols, ports, connections, interfaces[0]!.addresses]) {
    assertEquals(list.map(([, bytes]) => bytes), Array.from({ length: 10 }, (_, n) => 40 - n));
  }
});

Deno.test("Traffic merges into the same sums as a single instance", () => {
  const [one, two, both] = [new Traffic(), new Traffic(), new Traffic()];
  for (let n = 0; n < 100; n++) {
    const flow = { ...FLOW, bytes: n, source: `10.0.0.${n % 30}`, input: n % 3, protocol: n % 5 };
    (n % 2 === 0 ? one : two).add(flow);
    both.add(flow);
  }
  one.merge(two);
  const sorted = (traffic: Traffic) => {
    const { interfaces, ...rest } = traffic.report();
    return { ...rest, interfaces: interfaces.toSorted((a, b) => a.index - b.index) };
  };
  assertEquals(sorted(one), sorted(both));
  assertEquals(new Traffic(JSON.parse(JSON.stringify(one))).report(), one.report());
});

Deno.test("Traffic stays small during a flood, with exact totals", () => {
  const traffic = new Traffic();
  for (let n = 0; n < 50_000; n++) {
    const source = `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
    traffic.add(
      { ...FLOW, bytes: 1, source, input: n % 10_000, destinationPort: n & 0xffff },
    );
    if (n % 5 === 0) traffic.add({ ...FLOW, source: "192.0.2.1", input: 7 });
  }
  const { bytes, addresses, interfaces } = traffic.report();
  assertEquals(bytes, 50_000 + 10_000 * 100);
  assertEquals(addresses[0], ["192.0.2.1", 1_000_000]);
  assertEquals(interfaces.length, 500);
  assert(JSON.stringify(traffic).length < 1_000_000);
});
