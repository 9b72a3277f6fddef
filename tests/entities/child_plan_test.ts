import { assertEquals, assertThrows } from "@std/assert";
import { planChildren } from "../../src/entities/child_plan.ts";
import type { WireEntity } from "../../src/grafolean/wire.ts";

function child(id: number, index: unknown, more: Partial<WireEntity> = {}): WireEntity {
  return {
    id,
    name: `eth${index}`,
    entity_type: "interface",
    parent: 1,
    details: { snmp_index: index, speed_bps: "1000" },
    protocols: {},
    ...more,
  };
}

function wanted(...indexes: string[]) {
  return {
    parent: 1,
    entityType: "interface",
    key: "snmp_index",
    children: indexes.map((index) => ({
      name: `eth${index}`,
      details: { snmp_index: index, speed_bps: "1000" },
    })),
  };
}

Deno.test("planChildren plans nothing if the children match", () => {
  assertEquals(planChildren([child(11, "1"), child(12, "2")], wanted("2", "1")), {
    create: [],
    update: [],
    remove: [],
  });
});

Deno.test("planChildren creates missing children and removes unwanted ones", () => {
  const gone = child(11, "1");
  const plan = planChildren([gone, child(12, "2")], wanted("2", "3"));
  assertEquals(plan.create, wanted("3").children);
  assertEquals(plan.remove, [gone]);
  assertEquals(plan.update, []);
});

Deno.test("planChildren updates different children and keeps their other details", () => {
  const entity = child(11, "1", { details: { snmp_index: "1", speed_bps: "10", note: "mine" } });
  assertEquals(planChildren([entity], wanted("1")).update, [{
    entity,
    wanted: { name: "eth1", details: { snmp_index: "1", speed_bps: "1000", note: "mine" } },
  }]);
  const renamed = child(11, "1", { name: "old" });
  assertEquals(planChildren([renamed], wanted("1")).update.length, 1);
});

Deno.test("planChildren leaves alone entities of other parents, of other types or without the key", () => {
  const others = [
    child(1, "9", { parent: 2 }),
    child(2, "9", { parent: null }),
    child(3, "9", { entity_type: "device" }),
    child(4, "9", { details: { speed_bps: "5" } }),
    child(5, "9", { details: null }),
    child(6, null),
  ];
  assertEquals(planChildren(others, wanted()), { create: [], update: [], remove: [] });
});

Deno.test("planChildren treats the number 7 and the string 7 as the same key", () => {
  const plan = planChildren([child(11, 7)], wanted("7"));
  assertEquals(plan.create, []);
  assertEquals(plan.remove, []);
  assertEquals(plan.update.length, 1);
});

Deno.test("planChildren removes duplicates", () => {
  const twice = child(12, "1");
  const plan = planChildren([child(11, "1"), twice], wanted("1", "1"));
  assertEquals(plan, { create: [], update: [], remove: [twice] });
});

Deno.test("planChildren refuses a wanted child without the key", () => {
  const broken = { ...wanted(), children: [{ name: "eth0", details: {} }] };
  assertThrows(() => planChildren([], broken), TypeError, 'no detail "snmp_index"');
});
