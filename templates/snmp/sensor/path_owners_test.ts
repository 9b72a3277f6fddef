import { assertStrictEquals } from "@std/assert";
import { PathOwners } from "./path_owners.ts";
import { type DeviceSensor, SensorParser } from "./sensor_parser.ts";

const [fast, slow] = new SensorParser().parse(["a", "b"].map((path, sensorId) => ({
  sensorId,
  name: path,
  interval: 60,
  sensorDetails: {
    oids: [{ oid: "1.3.6.1.2.1.1.3.0", fetch_method: "get" }],
    expression: "$1",
    output_path: path,
  },
}))) as [DeviceSensor, DeviceSensor];

Deno.test("PathOwners gives a path to the first sensor, also in runs in which that is not polled", () => {
  const owners = new PathOwners();
  const all = [slow, fast];
  owners.startRun(all);
  assertStrictEquals(owners.ownerOf("x", slow), slow);
  assertStrictEquals(owners.ownerOf("x", fast), slow);
  assertStrictEquals(owners.ownerOf("y", fast), fast);
  owners.startRun(all);
  assertStrictEquals(owners.ownerOf("x", fast), slow);
  assertStrictEquals(owners.ownerOf("x", slow), slow);
});

Deno.test("PathOwners gives a path to another sensor once its owner has left the device", () => {
  const owners = new PathOwners();
  owners.startRun([slow, fast]);
  owners.ownerOf("x", slow);
  owners.ownerOf("x", fast);
  owners.startRun([fast]);
  assertStrictEquals(owners.ownerOf("x", fast), fast);
});
