import type { SensorInfo } from "@grafolean/collector";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SensorParser } from "./sensor_parser.ts";

const IF_ENTRY = "1.3.6.1.2.1.2.2.1";

/** A sensor as Grafolean stores it. */
function info(
  sensorId: number,
  { oid = `${IF_ENTRY}.10`, method = "walk", path = "if.{$index}", interval = 60 }: {
    oid?: string;
    method?: string;
    path?: string;
    interval?: number | null;
  } = {},
): SensorInfo {
  const sensorDetails = {
    oids: [{ oid, fetch_method: method }],
    expression: "$1",
    output_path: path,
  };
  return { sensorId, name: `sensor ${sensorId}`, interval, sensorDetails };
}

/** The ids of the sensors that stay, and what is reported about the others. */
function parse(sensors: readonly SensorInfo[]): [number[], string[]] {
  const parser = new SensorParser();
  const ids = parser.parse(sensors).map(({ sensorId }) => sensorId);
  return [ids, [...parser.problems]];
}

Deno.test("SensorParser keeps the object of a sensor for all devices and refreshes, until it changes", () => {
  let parser: SensorParser | undefined;
  const refresh = (sensor: SensorInfo) => {
    parser = new SensorParser(parser);
    const [onOneDevice] = parser.parse([sensor]);
    const [onAnother] = parser.parse([structuredClone(sensor)]);
    assertStrictEquals(onOneDevice, onAnother);
    return onOneDevice;
  };
  const first = refresh(info(1));
  assertStrictEquals(refresh(info(1)), first);
  const changed = refresh(info(1, { interval: 300 }));
  assertEquals([first?.interval, changed?.interval], [60, 300]);
  // It was forgotten meanwhile.
  assert(refresh(info(1)) !== first);
});

Deno.test("SensorParser leaves out an invalid sensor, and reports it once for all devices", () => {
  const parser = new SensorParser();
  const wrong = info(2, { path: "a b" });
  for (let device = 0; device < 3; device++) {
    assertEquals(parser.parse([info(1), wrong]).map(({ sensorId }) => sensorId), [1]);
  }
  const problems = [...parser.problems];
  assertEquals(problems.length, 1);
  assert(problems[0]?.startsWith('Sensor "sensor 2" (id 2) is left out: Cannot read the output'));
});

Deno.test("SensorParser keeps the first of two sensors with the same paths", () => {
  assertEquals(parse([info(1), info(2, { oid: `${IF_ENTRY}.16`, interval: 300 })]), [[1], [
    'Sensor "sensor 2" (id 2) is left out on devices that also have "sensor 1" (id 1): both have the output path "if.{$index}"; give each sensor its own',
  ]]);
  const [ids] = parse([
    info(1, { method: "get", path: "load" }),
    info(2, { method: "get", path: "load", oid: "1.3.6.1.5.0" }),
    info(3, { oid: "1.3.6.1.9.1", path: "load" }),
  ]);
  assertEquals(ids, [1]);
});

Deno.test("SensorParser leaves out a sensor without an interval, which takes no path from others", () => {
  assertEquals(parse([info(1, { interval: null }), info(2)]), [[2], []]);
});

Deno.test("SensorParser keeps sensors with one output path that may lead to different ones", () => {
  const both: [number[], string[]] = [[1, 2], []];
  assertEquals(parse([info(1), info(2, { oid: "1.3.6.1.9.9.13.1.3.1.3" })]), both);
  const named = { method: "get", path: "{$1}" };
  assertEquals(parse([info(1, named), info(2, { ...named, oid: "1.3.6.1.9.0" })]), both);
});
