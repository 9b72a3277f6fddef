import { assertEquals } from "@std/assert";
import { describeProblem } from "./problems.ts";

Deno.test("describeProblem names the sensor, the first indexes, the reason and what to do", () => {
  assertEquals(
    describeProblem('Sensor "traffic" (id 17)', "nothing there", [
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
    ]),
    'Sensor "traffic" (id 17) has no value for index 1, 2, 3, 4, 5 and 2 more: nothing there; check the OIDs of the sensor',
  );
  assertEquals(
    describeProblem('Sensor "traffic" (id 17)', "first reading of a counter", ["0"]),
    'Sensor "traffic" (id 17) has no value for index 0: first reading of a counter',
  );
});
