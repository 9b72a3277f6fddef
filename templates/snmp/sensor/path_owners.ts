import type { DeviceSensor } from "./sensor_parser.ts";

/** Which sensor of a device has which path. The first one keeps it, also in runs in which it is not polled. */
export class PathOwners {
  /** Only the paths that several sensors have: those of all devices would take up much memory. */
  readonly #contested = new Map<string, DeviceSensor>();
  #ofRun = new Map<string, DeviceSensor>();

  /**
   * Starts a run.
   *
   * @param sensors All sensors of the device.
   */
  startRun(sensors: readonly DeviceSensor[]): void {
    for (const [path, owner] of this.#contested) {
      if (!sensors.includes(owner)) this.#contested.delete(path);
    }
    this.#ofRun = new Map(this.#contested);
  }

  /** Returns the sensor that has a path: this one, if no other has it. */
  ownerOf(path: string, sensor: DeviceSensor): DeviceSensor {
    const owner = this.#ofRun.get(path) ?? sensor;
    this.#ofRun.set(path, owner);
    if (owner !== sensor) this.#contested.set(path, owner);
    return owner;
  }
}
