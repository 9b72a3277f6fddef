import type { Installation } from "./installation.ts";
import type { Bot, Created, Details } from "./installation_options.ts";

/** What {@linkcode addSampleDevices} adds. */
export interface SampleDevices {
  /** The protocol of the bot. */
  readonly protocol: string;
  /** How many devices. */
  readonly count: number;
  /** The interval of the first sensor, in seconds; the second has five times as much. */
  readonly interval: number;
  /** The details of each device. */
  readonly device: Details;
  /** The details of the credential. */
  readonly credential: Details;
  /** The details of both sensors. */
  readonly sensor: Details;
}

/**
 * Adds an account with one bot, one credential, two sensors, and devices that use them.
 *
 * @returns The account and its bot.
 */
export function addSampleDevices(
  sandbox: Installation,
  { protocol, count, interval, device, credential: login, sensor: what }: SampleDevices,
): { account: Created; bot: Bot } {
  const account = sandbox.addAccount({ name: "Sandbox" });
  const bot = sandbox.addBot({ protocol, account });
  const credential = sandbox.addCredential(account, { protocol, details: login });
  const sensors = [interval, interval * 5].map((defaultInterval) =>
    sandbox.addSensor(account, {
      protocol,
      name: `every ${defaultInterval} s`,
      defaultInterval,
      details: what,
    })
  );
  for (let n = 1; n <= count; n++) {
    sandbox.addEntity(account, {
      name: `device ${n}`,
      details: device,
      protocols: { [protocol]: { credential, bot, sensors } },
    });
  }
  return { account, bot };
}
