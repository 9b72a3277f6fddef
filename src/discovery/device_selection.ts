import { nearest } from "../util/nearest.ts";

/** A device as far as a selection looks at it. */
interface Named {
  /** The id of the device; `undefined` if it cannot be read. */
  readonly id: number | undefined;
  /** The name of the device. */
  readonly name: string;
}

/** The devices that a person has chosen by name or id. Several devices of one name are all chosen. */
export class DeviceSelection {
  readonly #wanted: ReadonlySet<string>;

  /** Constructs a new instance. */
  constructor(namesOrIds: readonly string[]) {
    this.#wanted = new Set(namesOrIds);
  }

  /** Whether a device is chosen. */
  has({ id, name }: Named): boolean {
    return this.#wanted.has(name) || (id !== undefined && this.#wanted.has(`${id}`));
  }

  /**
   * Returns a sentence for each name or id that no device has, with the name that may be meant.
   *
   * @param devices The devices that could be read.
   * @param isComplete Whether these are all.
   */
  unknown(devices: readonly Named[], isComplete: boolean): string[] {
    const known = new Set(
      devices.flatMap(({ id, name }) => id === undefined ? [name] : [`${id}`, name]),
    );
    const names = [...new Set(devices.map(({ name }) => name))];
    return [...this.#wanted].filter((wanted) => !known.has(wanted)).map((wanted) => {
      const label = JSON.stringify(wanted);
      if (!isComplete) {
        return `Cannot find the device ${label} in the accounts that the bot can read`;
      }
      const meant = nearest(wanted, names) ??
        names.find((name) => name.toLowerCase() === wanted.toLowerCase());
      const question = meant === undefined ? "" : `: did you mean ${JSON.stringify(meant)}?`;
      return `No such device ${label}${question}`;
    });
  }
}
