import type { AccountRecords } from "../backend/account_records.ts";

/** An account with its devices, as the page shows it. */
export interface TreeAccount {
  /** The id. */
  readonly id: number;
  /** The name. */
  readonly name: string;
  /** Its devices and their parts, by id; not more than the page can show. */
  readonly devices: readonly TreeDevice[];
  /** How many devices are left out. */
  readonly more: number;
}

/** A device, or a part of one. */
export interface TreeDevice {
  /** The id, which is in its paths. */
  readonly id: number;
  /** The name. */
  readonly name: string;
  /** What it is a part of. */
  readonly parent: number | null;
  /** The protocols that it is polled by. */
  readonly protocols: readonly string[];
  /** Its sensors. */
  readonly sensors: readonly TreeSensor[];
}

/** A sensor of a device. */
export interface TreeSensor {
  /** The id. */
  readonly id: number;
  /** The name. */
  readonly name: string;
  /** The interval on this device, in seconds; `null` for none. */
  readonly interval: number | null;
}

const MAX_DEVICES = 2000;

/** Lists the accounts with their devices and sensors. Details stay away, as credentials may be in them. */
export function accountTree(accounts: Iterable<AccountRecords>): TreeAccount[] {
  return [...accounts].map(({ id, name, entities, credentials, sensors }) => {
    const devices: TreeDevice[] = [];
    for (const entity of entities.values()) {
      if (devices.length >= MAX_DEVICES) break;
      devices.push({
        id: entity.id,
        name: entity.name,
        parent: entity.parent,
        protocols: entity.credentials.map((id) => credentials.get(id)?.protocol ?? ""),
        sensors: entity.sensors.map(({ sensor, interval }) => {
          const { name = "", defaultInterval = null } = sensors.get(sensor) ?? {};
          return { id: sensor, name, interval: interval ?? defaultInterval };
        }),
      });
    }
    return { id, name, devices, more: entities.size - devices.length };
  });
}
