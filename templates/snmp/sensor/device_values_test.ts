import type { JobContext } from "@grafolean/collector";
import { assertEquals } from "@std/assert";
import { DeviceValues } from "./device_values.ts";
import { type DeviceSensor, SensorParser } from "./sensor_parser.ts";

const ignore = () => {};
const context: Pick<JobContext, "log" | "problems"> = {
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  problems: { raise: ignore, clear: ignore, report: ignore, event: ignore },
};

// Their paths are only known after a poll to be the same.
const [slow, fast] = new SensorParser().parse([300, 60].map((interval, sensorId) => ({
  sensorId,
  name: `${interval}`,
  interval,
  sensorDetails: {
    oids: [{ oid: `1.3.6.${sensorId}`, fetch_method: "get" }],
    expression: `${interval}`,
    output_path: "{$1}",
  },
}))) as [DeviceSensor, DeviceSensor];

/** The values after a poll of these sensors; each has the text "load". */
function poll(
  values: DeviceValues,
  sensors: readonly DeviceSensor[],
  all: readonly DeviceSensor[] = [slow, fast],
): number[] {
  const sample = { at: 0, value: { type: "text" as const, value: "load" } };
  const result = { get: () => sample, error: undefined, responseTimeS: 0 };
  return [...values.evaluate(sensors, all, result, context).values()]
    .flatMap(({ values }) => [...values.values()]);
}

Deno.test("DeviceValues gives a path to the first sensor, also in runs in which that is not polled", () => {
  const values = new DeviceValues();
  assertEquals(poll(values, [fast]), [60]);
  assertEquals(poll(values, [slow, fast]), [300]);
  assertEquals(poll(values, [fast]), []);
});

Deno.test("DeviceValues gives a path to another sensor once its owner has left the device", () => {
  const values = new DeviceValues();
  assertEquals(poll(values, [slow, fast]), [300]);
  assertEquals(poll(values, [fast], [fast]), [60]);
});

Deno.test("DeviceValues has the rate of a counter for each sensor with it, at its own interval", () => {
  const sensors = new SensorParser().parse([1, 2].map((sensorId) => ({
    sensorId,
    name: "in",
    interval: 60 * sensorId,
    sensorDetails: {
      oids: [{ oid: "1.3.6.1", fetch_method: "get" }],
      expression: "$1",
      output_path: `in.${sensorId}`,
    },
  })));
  const values = new DeviceValues();
  const rates = (at: number, polled: readonly DeviceSensor[]) => {
    const sample = { at, value: { type: "counter" as const, value: BigInt(at * at) } };
    const result = { get: () => sample, error: undefined, responseTimeS: 0 };
    const evaluations = values.evaluate(polled, sensors, result, context);
    return [...evaluations.values()].flatMap(({ values }) => [...values.values()]);
  };
  assertEquals(rates(0, sensors), []);
  assertEquals(rates(60, sensors.slice(0, 1)), [60]);
  assertEquals(rates(120, sensors), [180, 120]);
});
