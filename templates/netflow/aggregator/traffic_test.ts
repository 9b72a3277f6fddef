import { assert, assertEquals, assertThrows } from "@std/assert";
import { testFlow } from "../testing/flow.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { Traffic, type TrafficState } from "./traffic.ts";

const MEMORY = 50_000_000;

function trafficOf(...flows: ReturnType<typeof testFlow>[]): Traffic {
  const traffic = new Traffic(new MemoryBudget(MEMORY));
  for (const flow of flows) traffic.add(flow);
  return traffic;
}

/** Returns the results, with those of the interfaces sorted. */
function reportOf(traffic: Traffic) {
  const { interfaces, ...rest } = traffic.report();
  return { ...rest, interfaces: [...interfaces].sort((a, b) => a.index - b.index) };
}

function copyOf(traffic: Traffic): Traffic {
  const copy = trafficOf();
  for (const part of traffic.state()) copy.restore(JSON.parse(JSON.stringify(part)));
  return copy;
}

function take(into: Traffic, from: Traffic): void {
  for (const _ of into.take(from));
}

Deno.test("Traffic reports sources and input interfaces of ingress", () => {
  const traffic = trafficOf(
    testFlow(),
    testFlow({ bytes: 50, source: "10.0.0.2", input: 7, protocol: 17 }),
    testFlow({ bytes: 1, destinationPort: 80 }),
  );
  const none = { connections: [], ports: [] };
  assertEquals(reportOf(traffic), {
    bytes: 151,
    top: {
      addresses: [["10.0.0.1", 101, 0], ["10.0.0.2", 50, 0]],
      protocols: [["6", 101, 0], ["17", 50, 0]],
      connections: [["10.0.0.1 10.9.0.1", 101, 0], ["10.0.0.2 10.9.0.1", 50, 0]],
      ports: [["443", 150, 0], ["80", 1, 0]],
    },
    interfaces: [
      {
        index: 1,
        bytes: 101,
        top: { addresses: [["10.0.0.1", 101, 0]], protocols: [["6", 101, 0]], ...none },
      },
      {
        index: 7,
        bytes: 50,
        top: { addresses: [["10.0.0.2", 50, 0]], protocols: [["17", 50, 0]], ...none },
      },
    ],
  });
});

Deno.test("Traffic reports destinations and output interfaces of egress", () => {
  const { top, interfaces } = reportOf(trafficOf(testFlow({ isEgress: true })));
  assertEquals(top.addresses, [["10.9.0.1", 100, 0]]);
  assertEquals(top.connections, [["10.0.0.1 10.9.0.1", 100, 0]]);
  assertEquals(interfaces.map(({ index }) => index), [2]);
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
    ports: [["0", 7, 0]],
    protocols: [["0", 7, 0]],
  });
  assertEquals(interfaces.map(({ index, bytes }) => [index, bytes]), [[0, 7]]);
});

Deno.test("Traffic reports the top 10 of each kind", () => {
  const flows = Array.from(
    { length: 40 },
    (_, n) => testFlow({ bytes: n + 1, source: `10.0.0.${n}`, protocol: n, destinationPort: n }),
  );
  const { top, interfaces } = reportOf(trafficOf(...flows));
  assertEquals(top.addresses[0], ["10.0.0.39", 40, 0]);
  for (const list of [...Object.values(top), interfaces[0]!.top.addresses]) {
    assertEquals(list.map(([, bytes]) => bytes), Array.from({ length: 10 }, (_, n) => 40 - n));
  }
});

Deno.test("Traffic takes the sums of another instance, in steps that can be interrupted", () => {
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
  for (let steps = 0; steps < 5; steps++) one.take(two).next();
  take(one, two);
  assertEquals(reportOf(one), reportOf(both));
  assertEquals(reportOf(two), reportOf(trafficOf()));
});

Deno.test("Traffic can be restored from its state", () => {
  const traffic = trafficOf();
  for (let n = 0; n < 9000; n++) {
    const source = n % 2 === 0 ? `10.0.${n >> 8}.${n & 255}` : "2001:db8::1";
    traffic.add(testFlow({ bytes: 1 + n % 7, source, input: n % 10 }));
  }
  const copy = copyOf(traffic);
  assertEquals(reportOf(copy), reportOf(traffic));
  assertEquals([...copy.state()], [...traffic.state()]);
  for (const part of traffic.state()) assert(JSON.stringify(part).length < 50_000);
});

Deno.test("Traffic refuses a damaged state", () => {
  const table = { table: "addresses", error: 0 };
  for (
    const state of [
      {},
      { bytes: -1 },
      { bytes: "7" },
      { bytes: 1, interface: 1.5 },
      { ...table, sums: 7 },
      { ...table, sums: [7] },
      { ...table, sums: [["10.0.0.256", 1, 0]] },
      { ...table, sums: [["10.0.0.1", null, 0]] },
      { ...table, sums: [["10.0.0.1", 1]] },
      { ...table, error: undefined, sums: [] },
      { ...table, table: "toString", sums: [] },
    ]
  ) {
    assertThrows(() => trafficOf().restore(state as unknown as TrafficState), TypeError);
  }
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
  assertEquals(top.addresses[0], ["192.0.2.1", 1_000_000, 0]);
  assertEquals(interfaces.length, 500);
  assert(memory.usedBytes < 4_000_000);
});

Deno.test("Traffic keeps its total exact within any memory, and gives all of it back", () => {
  for (const limit of [0, 1000, 10_000, 100_000]) {
    const memory = new MemoryBudget(limit);
    const [one, two] = [new Traffic(memory), new Traffic(memory)];
    for (let n = 0; n < 2000; n++) {
      (n % 2 === 0 ? one : two).add(
        testFlow({ source: `10.0.${n >> 8}.${n & 255}`, input: n % 50 }),
      );
      assert(memory.usedBytes <= limit);
    }
    assert(memory.limitReached);
    take(one, two);
    assertEquals(one.report().bytes, 200_000);
    one.clear();
    assertEquals([memory.usedBytes, memory.limitReached], [0, false]);
  }
});
