import { assertEquals } from "@std/assert";
import { problemText } from "./problem_text.ts";
import { Remarks } from "./problems.ts";

Deno.test("Remarks warns of a thing once, until it was something else", () => {
  const remarks = new Remarks();
  const said: string[] = [];
  const log = {
    warn: (text: string) => void said.push(`warn ${text}`),
    debug: (text: string) => void said.push(`debug ${text}`),
  };
  for (const list of [["a"], ["a"], [], ["a"], ["a", "b"]]) remarks.say(log, "one", list);
  remarks.say(log, "two", ["a"]);
  assertEquals(said, ["warn a", "debug a", "warn a", "warn a", "warn b", "warn a"]);
});

Deno.test("problemText names the sensor, some of the indexes, the reason and what to do", () => {
  assertEquals(
    problemText(17, "nothing there", ["1", "2", "3", "4", "5", "6", "7"]),
    "sensor 17 has no value for index 1, 2, 3, 4, 5 and 2 more: nothing there; check the OIDs of the sensor",
  );
  assertEquals(
    problemText(17, "first reading of a counter", ["0"]),
    "sensor 17 has no value for index 0: first reading of a counter",
  );
});
