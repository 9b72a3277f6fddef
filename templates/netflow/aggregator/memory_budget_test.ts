import { assertEquals } from "@std/assert";
import { MemoryBudget } from "./memory_budget.ts";

Deno.test("MemoryBudget keeps its last quarter for the beginnings of tables", () => {
  const memory = new MemoryBudget(100);
  assertEquals([memory.take(75, true), memory.limitReached], [true, false]);
  assertEquals([memory.take(1, true), memory.limitReached], [false, true]);
  assertEquals([memory.take(25, false), memory.take(1, false)], [true, false]);
  assertEquals(memory.usedBytes, 100);
});
