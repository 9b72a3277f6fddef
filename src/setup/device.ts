import { readProtocol, type WireEntity } from "../grafolean/wire.ts";
import { isObject } from "../grafolean/fields.ts";
import { isDeepEqual } from "../jobs/is_deep_equal.ts";
import { type AccountContext, listIds } from "./context.ts";
import { type BotRecord, readEntities, readId } from "./records.ts";
import { PLANNED } from "./report.ts";
import { SetupError } from "./setup_error.ts";

/** The device to see the first value of. */
export interface ChosenDevice {
  readonly name: string;
  /** The existing one; `undefined` to create it. */
  readonly entity: WireEntity | undefined;
  /** Whether the bot polls it already, so that it stays as it is. */
  readonly isPolled: boolean;
  /** The fields that it lacks. */
  readonly details: Readonly<Record<string, string>>;
}

/**
 * Finds the device that the user names, or one that the bot polls, or asks for a new one. Creates nothing.
 *
 * @param bot The bot; `undefined` if it has yet to be created.
 * @throws {SetupError} If the device cannot be used; it says why.
 */
export async function chooseDevice(
  context: AccountContext,
  bot: BotRecord | undefined,
): Promise<ChosenDevice> {
  const { session, definition, flags, questions, account, path } = context;
  const { protocol, device: fields } = definition;
  const entities = account.id === PLANNED
    ? []
    : await session.get(`${path}/entities`, readEntities);
  if (flags.device === undefined && bot !== undefined) {
    const polled = entities.find((entity) =>
      entity.entity_type === "device" && isPolledBy(entity, protocol, bot)
    );
    if (polled !== undefined) {
      return { name: polled.name, entity: polled, isPolled: true, details: {} };
    }
  }
  const name = flags.device ?? askName(context, entities);
  const entity = findEntity(entities, name);
  if (entity === undefined) {
    const details = await questions.fields(fields, flags.details);
    return { name, entity, isPolled: false, details };
  }
  const isPolled = checkEntity(entity, protocol, bot);
  const { details } = entity;
  const lacking = isPolled
    ? []
    : fields.filter(({ name }) => (isObject(details) ? details[name] ?? "" : "") === "");
  return {
    name: entity.name,
    entity,
    isPolled,
    details: await questions.fields(lacking, flags.details),
  };
}

function isPolledBy(entity: WireEntity, protocol: string, bot: BotRecord): boolean {
  const settings = readProtocol(entity, protocol);
  return settings?.bot === bot.id && settings.sensors.length > 0;
}

function askName({ questions }: AccountContext, entities: readonly WireEntity[]): string {
  const devices = entities.filter((entity) => entity.entity_type === "device");
  const some = devices.slice(0, 5).map(({ name }) => `"${name}"`).join(", ");
  const more = devices.length > 5 ? ", …" : "";
  return questions.text(
    devices.length === 0
      ? "Name of the first device"
      : `Name of a new device, or of an existing one (${some}${more})`,
    { option: "--device", defaultValue: "device 1" },
  );
}

function findEntity(entities: readonly WireEntity[], name: string): WireEntity | undefined {
  const named = entities.filter((entity) => entity.name === name);
  if (named.length > 1) {
    throw new SetupError(
      `There are several devices of this name: choose one by its id with --device: ${
        listIds(named)
      }`,
    );
  }
  return named[0] ?? entities.find(({ id }) => `${id}` === name);
}

/**
 * Returns whether the bot polls the device already.
 *
 * @throws {SetupError} If the bot cannot poll it without a change that only people can make.
 */
function checkEntity(entity: WireEntity, protocol: string, bot: BotRecord | undefined): boolean {
  if (bot !== undefined && isPolledBy(entity, protocol, bot)) return true;
  const other = "or choose another device with --device";
  for (const [name, settings] of Object.entries(entity.protocols)) {
    if (isObject(settings) && (settings.bot ?? null) !== null) continue;
    throw new SetupError(
      `The device "${entity.name}" has no bot for the protocol "${name}", maybe because that was deleted, and Grafolean ` +
        `refuses to change such a device: choose a bot on its page in Grafolean, ${other}`,
    );
  }
  const settings = readProtocol(entity, protocol);
  if (settings !== undefined && settings.bot !== bot?.id) {
    throw new SetupError(
      `The device "${entity.name}" is polled by another bot (id ${settings.bot}): choose this bot on its page in ` +
        `Grafolean, ${other}`,
    );
  }
  return false;
}

/** What a device needs to be polled. */
interface Polling {
  readonly bot: number;
  readonly credential: number;
  readonly sensors: readonly number[];
}

/**
 * Returns the id of the device. Creates it, or adds the protocol to it.
 *
 * @param polling What it needs; `undefined` if the bot polls it already.
 */
export async function ensureDevice(
  context: AccountContext,
  { name, entity, details }: ChosenDevice,
  polling: Polling | undefined,
): Promise<number> {
  const { session, definition: { protocol }, report, path } = context;
  if (polling === undefined) {
    report.exists(`device "${name}"`);
    return entity!.id;
  }
  const { bot, credential, sensors } = polling;
  const settings = {
    credential,
    bot,
    // Without the key `interval` Grafolean would store only a part of the device.
    sensors: sensors.map((sensor) => ({ sensor, interval: null })),
  };
  if (entity === undefined) {
    const data = { name, entity_type: "device", details, protocols: { [protocol]: settings } };
    return await report.create(
      `device "${name}" with the protocol "${protocol}"`,
      () => session.post(`${path}/entities`, data, readId),
    );
  }
  await report.change(
    `device "${name}": polled by the protocol "${protocol}" from now on`,
    async () => {
      const now = await session.get(`${path}/entities/${entity.id}`, readItem);
      if (!isDeepEqual(now.protocols, entity.protocols)) {
        throw new SetupError(
          `Somebody is changing the device "${name}" right now: run the setup again`,
        );
      }
      const { id: _, ...data } = now;
      await session.put(`${path}/entities/${entity.id}`, {
        ...data,
        details: { ...isObject(data.details) ? data.details : {}, ...details },
        protocols: { ...entity.protocols, [protocol]: settings },
      });
    },
  );
  return entity.id;
}

/** Reads an entity with all its fields, as Grafolean loses those that are not sent back. */
function readItem(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {};
}
