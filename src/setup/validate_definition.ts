import type { SetupDefinition } from "./definition.ts";

// As Grafolean reads a path filter: a segment is a name, `?` or `*`.
const PATH_FILTER = /^(?:[a-zA-Z0-9_-]+|\?|\*)(?:\.(?:[a-zA-Z0-9_-]+|\?|\*))*$/;

/**
 * Checks what is written in `setup.ts`, before anything is created.
 *
 * @throws {TypeError} If Grafolean would refuse it.
 */
export function validateDefinition({ sensors, charts }: SetupDefinition): void {
  const names = sensors.map(({ name }) => name);
  if (names.length === 0) {
    throw new TypeError("setup.ts has no sensor: a device without one is not polled");
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`setup.ts has two sensors with the name "${twice}"`);
  for (const { title, series } of charts({ device: 1, sensors: sensors.map(() => 1) })) {
    for (const { path } of series) {
      if (PATH_FILTER.test(path)) continue;
      throw new TypeError(
        `The path "${path}" of the chart "${title}" in setup.ts is not valid: each segment consists of letters, digits, - ` +
          "and _, or is ? or *",
      );
    }
  }
}
