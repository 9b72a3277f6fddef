import { assert, assertEquals } from "@std/assert";
import { testFlow } from "../testing/flow.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { Traffic } from "./traffic.ts";

const MEMORY = 50_000_000;

function trafficOf(...flows: ReturnType<typeof testFlow>[]): Traffic {
  const traffic = new Traffic(new MemoryBudget(MEMORY));
  for (const flow of flows) traffic.add(flow);
  return traffic;
}

/** Returns the results, with those of the interfaces sorted. */
function reportOf(traffic: Traffic) {
  const { interfaces, ...rest } = traffic.report();
  return { ...rest, interfaces: [...interfaces].sort(([a], [b]) => a - b) };
}

Deno.test("Traffic reports sources and input interfaces of ingress", () => {
  const traffic = trafficOf(
    testFlow(),
    testFlow({ bytes: 50, source: "10.0.0.2", input: 7, protocol: 17 }),
    testFlow({ bytes: 1, destinationPort: 80 }),
  );
  assertEquals(reportOf(traffic), {
    bytes: 151,
    top: {
      addresses: [["10.0.0.1", 101], ["10.0.0.2", 50]],
      protocols: [["6", 101], ["17", 50]],
      connections: [["10.0.0.1 10.9.0.1", 101], ["10.0.0.2 10.9.0.1", 50]],
      ports: [["443", 150], ["80", 1]],
    },
    interfaces: [
      [1, { bytes: 101, top: { addresses: [["10.0.0.1", 101]], protocols: [["6", 101]] } }],
      [7, { bytes: 50, top: { addresses: [["10.0.0.2", 50]], protocols: [["17", 50]] } }],
    ],
  });
});

Deno.test("Traffic reports destinations and output interfaces of egress", () => {
  const { top, interfaces } = reportOf(trafficOf(testFlow({ isEgress: true })));
  assertEquals(top.addresses, [["10.9.0.1", 100]]);
  assertEquals(top.connections, [["10.0.0.1 10.9.0.1", 100]]);
  assertEquals(interfaces.map(([index]) => index), [2]);
});

Deno.test("Traffic counts what was not exported in its total only", () => {
  const { bytes, top, interfaces } = reportOf(trafficOf(
    testFlow({ source: "", destination: "", protocol: -1, destinationPort: -1, input: -1 }),
    testFlow({ bytes: 7, source: "", protocol: 0, destinationPort: 0, input: 0 }),
  ));
  assertEquals(bytes, 107);
  assertEquals(top, {
    addresses: [],
    connections: [],
    ports: [["0", 7]],
    protocols: [["0", 7]],
  });
  assertEquals(interfaces.map(([index, { bytes }]) => [index, bytes]), [[0, 7]]);
});

Deno.test("Traffic reports the top 10 of each kind", () => {
  const flows = Array.from(
    { length: 40 },
    (_, n) => testFlow({ bytes: n + 1, source: `10.0.0.${n}`, protocol: n, destinationPort: n }),
  );
  const { top, interfaces } = reportOf(trafficOf(...flows));
  assertEquals(top.addresses?.[0], ["10.0.0.39", 40]);
  for (const list of [...Object.values(top), interfaces[0]![1].top.addresses!]) {
    assertEquals(list.map(([, bytes]) => bytes), Array.from({ length: 10 }, (_, n) => 40 - n));
  }
});

Deno.test("Traffic adds the sums of another instance", () => {
  const [one, two, both] = [trafficOf(), trafficOf(), trafficOf()];
  for (let n = 0; n < 100; n++) {
    const flow = testFlow({
      bytes: n * n + 1,
      source: `10.0.0.${n % 30}`,
      input: n % (n % 2 === 0 ? 3 : 5),
      protocol: n % 5,
    });
    (n % 2 === 0 ? one : two).add(flow);
    both.add(flow);
  }
  for (const _ of one.addTraffic(two));
  assertEquals(reportOf(one), reportOf(both));
});

Deno.test("Traffic stays small during a flood, with exact totals", () => {
  const memory = new MemoryBudget(MEMORY);
  const traffic = new Traffic(memory);
  const large = testFlow({ source: "192.0.2.1", input: 7 });
  for (let n = 0; n < 50_000; n++) {
    const source = `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
    traffic.add(testFlow({ bytes: 1, source, input: n % 10_000, destinationPort: n & 0xffff }));
    if (n % 5 === 0) traffic.add(large);
  }
  const { bytes, top, interfaces } = reportOf(traffic);
  assertEquals(bytes, 50_000 + 10_000 * 100);
  assertEquals(top.addresses?.[0], ["192.0.2.1", 1_000_000]);
  assertEquals(interfaces.length, 500);
  assert(memory.usedBytes < 4_000_000);
});

Deno.test("Traffic keeps its total exact within any memory", () => {
  for (const limit of [0, 1000, 10_000, 100_000]) {
    const memory = new MemoryBudget(limit);
    const [one, two] = [new Traffic(memory), new Traffic(memory)];
    for (let n = 0; n < 2000; n++) {
      const flow = testFlow({ source: `10.0.${n >> 8}.${n & 255}`, input: n % 50 });
      (n % 2 === 0 ? one : two).add(flow);
    }
    for (const _ of one.addTraffic(two));
    assertEquals(one.report().bytes, 200_000);
    assert(memory.usedBytes <= limit && memory.limitReached);
  }
});
