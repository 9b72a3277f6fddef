import type { Sandbox } from "./sandbox.ts";
import type { Bot, Created, Details } from "./sandbox_options.ts";

/** A device for {@linkcode runInSandbox}. */
export interface SampleDevice {
  /** The name. */
  readonly name: string;
  /** The details, such as the address. @default {} */
  readonly details?: Details;
  /** The sensors. Devices share equal ones, as in Grafolean. */
  readonly sensors: readonly SampleSensor[];
}

/** A sensor of a {@linkcode SampleDevice}. */
export interface SampleSensor {
  /** The name. @default "PROTOCOL sensor 1" and so on */
  readonly name?: string;
  /** The interval in seconds; `null` for none. */
  readonly interval: number | null;
  /** The details. @default {} */
  readonly details?: Details;
}

/** What {@linkcode addSampleDevices} adds. */
interface SampleDevices {
  readonly protocol: string;
  readonly devices: Iterable<SampleDevice>;
  /** The details of the credential of all devices. @default {} */
  readonly credential?: Details | undefined;
  /** The permissions of the bot. @default "ui" */
  readonly permissions?: "ui" | "all" | undefined;
}

/**
 * Adds an account with a bot, a credential, and devices. As in Grafolean, devices share sensors: those at the same place
 * that are alike are one.
 */
export function addSampleDevices(
  sandbox: Sandbox,
  { protocol, devices, credential: login = {}, permissions = "ui" }: SampleDevices,
): { account: Created; bot: Bot; names: ReadonlyMap<number, string> } {
  const account = sandbox.addAccount({ name: "Sandbox" });
  const bot = sandbox.addBot({ protocol, account, permissions });
  const credential = sandbox.addCredential(account, { protocol, details: login });
  const sensorIds = new Map<string, Created>();
  const sensorOf = (sensor: SampleSensor, place: number): Created => {
    const { interval, details = {}, ...named } = sensor;
    const key = JSON.stringify([place, interval, details, named.name]);
    const id = sensorIds.get(key) ??
      sandbox.addSensor(account, { ...named, protocol, defaultInterval: interval, details });
    sensorIds.set(key, id);
    return id;
  };
  const names = new Map<number, string>();
  for (const { name, details = {}, sensors } of devices) {
    const { id } = sandbox.addEntity(account, {
      name,
      details,
      protocols: { [protocol]: { credential, bot, sensors: sensors.map(sensorOf) } },
    });
    names.set(id, name);
  }
  return { account, bot, names };
}
