import { isObject } from "../grafolean/fields.ts";
import {
  readEntitySensor,
  readProtocol,
  type WireEntity,
  type WireProtocol,
} from "../grafolean/wire.ts";
import { isDeepEqual } from "../util/is_deep_equal.ts";
import { type AccountContext, listIds, readListOf, SetupError } from "./context.ts";
import { type FoundDashboard, isShown } from "./dashboard.ts";
import { type BotRecord, readBots, readEntities, readId } from "./records.ts";

/** The device to see the first value of. */
export interface ChosenDevice {
  readonly name: string;
  /** The existing one; `undefined` to create it. */
  readonly entity: WireEntity | undefined;
  /** Its settings for the protocol, if it has some. */
  readonly settings: WireProtocol | undefined;
  /** The ids of its sensors for the protocol. */
  readonly sensorIds: readonly number[];
  /** The fields that it lacks, and those that the command line changes. */
  readonly details: Readonly<Record<string, string>>;
}

/**
 * Finds the device that the user names, or one of the bot, best one with charts, or asks for a new one. Creates nothing.
 *
 * @param bot The bot; `undefined` if it has yet to be created.
 * @throws {SetupError} If the device cannot be used; it says why.
 */
export async function chooseDevice(
  context: AccountContext,
  bot: BotRecord | undefined,
  dashboard: FoundDashboard,
): Promise<ChosenDevice> {
  const { definition: { protocol, device: fields }, flags, questions } = context;
  const entities = await readListOf(context, "entities", readEntities);
  const entity = flags.device === undefined
    ? ownDevice(entities, protocol, bot, dashboard)
    : namedDevice(entities, flags.device);
  const name = entity?.name ?? flags.device ?? askName(context, entities, dashboard);
  // What was entered may be the name of an existing one.
  const found = entity ?? namedDevice(entities, name);
  if (found === undefined) {
    const details = await questions.fields(fields, flags.details);
    return { name, entity: found, settings: undefined, sensorIds: [], details };
  }
  const settings = readProtocol(found, protocol);
  const details = isObject(found.details) ? found.details : {};
  const changed = fields.filter(({ name }) => {
    const value = details[name] ?? "";
    const given = flags.device === undefined ? undefined : flags.details.get(name);
    return given === undefined ? settings === undefined && value === "" : given !== `${value}`;
  });
  if (changed.length > 0 || settings === undefined || !isPolledBy(settings, bot)) {
    await checkChange(context, found, settings, bot);
  }
  return {
    name: found.name,
    entity: found,
    settings,
    sensorIds:
      settings?.sensors.map((each, index) =>
        readEntitySensor(found, protocol, each, index).sensor
      ) ?? [],
    details: await questions.fields(changed, flags.details),
  };
}

function isPolledBy({ bot, sensors }: WireProtocol, by: BotRecord | undefined): boolean {
  return bot === by?.id && sensors.length > 0;
}

/** Finds a device of the bot, or else one whose bot was deleted: this one takes its place. */
function ownDevice(
  entities: readonly WireEntity[],
  protocol: string,
  bot: BotRecord | undefined,
  dashboard: FoundDashboard,
): WireEntity | undefined {
  const ranked = entities.flatMap((entity) => {
    const settings = entity.entity_type === "device" ? readProtocol(entity, protocol) : undefined;
    if (settings === undefined || (settings.bot !== null && settings.bot !== bot?.id)) return [];
    if (!isPolledBy(settings, bot) && orphanedProtocol(entity, protocol) !== undefined) return [];
    const rank = settings.bot === null
      ? 3
      : settings.sensors.length === 0
      ? 2
      : isShown(dashboard, entity.id)
      ? 0
      : 1;
    return [{ rank, entity }];
  });
  return ranked.sort((a, b) => a.rank - b.rank)[0]?.entity;
}

function namedDevice(entities: readonly WireEntity[], name: string): WireEntity | undefined {
  const named = entities.filter((entity) => entity.name === name);
  const devices = named.filter((entity) => entity.entity_type === "device");
  if (devices.length > 1) {
    throw new SetupError(
      `There are several devices of this name: choose one by its id with --device: ${
        listIds(devices)
      }`,
    );
  }
  const found = devices[0] ?? entities.find(({ id }) => `${id}` === name) ?? named[0];
  if (found !== undefined && found.entity_type !== "device") {
    throw new SetupError(
      `"${found.name}" is not a device, as its type is "${found.entity_type}": choose another name with --device`,
    );
  }
  return found;
}

function askName(
  { questions, definition: { protocol } }: AccountContext,
  entities: readonly WireEntity[],
  dashboard: FoundDashboard,
): string {
  const names = entities.map(({ name }) => name);
  let n = 1;
  while (names.includes(`device ${n}`)) n++;
  const devices = entities.filter((entity) => entity.entity_type === "device");
  // It was one of the bot before somebody switched off the protocol.
  const former = devices.find((entity) =>
    isShown(dashboard, entity.id) && readProtocol(entity, protocol) === undefined &&
    orphanedProtocol(entity, protocol) === undefined
  );
  const some = devices.slice(0, 5).map(({ name }) => `"${name}"`).join(", ");
  const more = devices.length > 5 ? ", …" : "";
  return questions.text(
    devices.length === 0
      ? "Name of the first device"
      : `Name of a new device, or of an existing one (${some}${more})`,
    { option: "--device", defaultValue: former?.name ?? `device ${n}` },
  );
}

/** Returns another protocol of a device that has no bot, with which Grafolean refuses to change the device. */
export function orphanedProtocol(entity: WireEntity, protocol: string): string | undefined {
  return Object.entries(entity.protocols).find(([name, settings]) =>
    name !== protocol && (!isObject(settings) || (settings.bot ?? null) === null)
  )?.[0];
}

/** @throws {SetupError} If the device cannot be given to the bot, or the user does not want that. */
async function checkChange(
  { session, questions, definition: { protocol, name } }: AccountContext,
  entity: WireEntity,
  settings: WireProtocol | undefined,
  bot: BotRecord | undefined,
): Promise<void> {
  const orphaned = orphanedProtocol(entity, protocol);
  if (orphaned !== undefined) {
    throw new SetupError(
      `The device "${entity.name}" has no bot for the protocol "${orphaned}", maybe because that was deleted, and ` +
        `Grafolean refuses to change such a device: run the setup of a bot for "${orphaned}" first, or choose another ` +
        "device with --device",
    );
  }
  const other = settings?.bot ?? bot?.id;
  if (other === bot?.id) return;
  const systemwide = (await session.get("/bots", readBots)).find(({ id }) => id === other);
  const kind = systemwide === undefined ? "another bot" : `the systemwide bot "${systemwide.name}"`;
  const problem = `The device "${entity.name}" is polled by ${kind} (id ${other})`;
  if (questions.confirm(`${problem}. Poll it by "${bot?.name ?? name}" instead?`)) return;
  throw new SetupError(
    `${problem}: set BOT_TOKEN in .env to the token of that bot, choose another device with --device, or run the setup at a ` +
      "terminal, which asks whether to change that",
  );
}

/** What a device gets to be polled. */
interface Polling {
  readonly bot: BotRecord;
  /** The id of the credential. */
  readonly credential: number;
  /** The sensors that it does not have yet. */
  readonly sensors: readonly { readonly id: number; readonly name: string }[];
}

/** Returns the id of the device. Creates it, or adds to it what it lacks to be polled. */
export async function ensureDevice(
  context: AccountContext,
  { name, entity, settings, details }: ChosenDevice,
  { bot, credential, sensors }: Polling,
): Promise<number> {
  const { session, definition: { protocol }, report, path } = context;
  const polling = {
    credential,
    bot: bot.id,
    // Without the key `interval` Grafolean would store only a part of the device.
    sensors: [
      ...settings?.sensors ?? [],
      ...sensors.map(({ id }) => ({ sensor: id, interval: null })),
    ],
  };
  if (entity === undefined) {
    const data = { name, entity_type: "device", details, protocols: { [protocol]: polling } };
    return await report.create(
      `device "${name}" with the protocol "${protocol}"`,
      () => session.post(`${path}/entities`, data, readId),
    );
  }
  const added = [
    ...(settings === undefined ? [`protocol "${protocol}"`] : []),
    ...(settings !== undefined && settings.bot !== bot.id ? [`bot "${bot.name}"`] : []),
    ...(settings === undefined ? [] : sensors.map(({ name }) => `sensor "${name}"`)),
    ...Object.keys(details),
  ];
  if (added.length === 0) {
    report.exists(`device "${name}"`);
    return entity.id;
  }
  await report.change(`device "${name}", which now has: ${added.join(", ")}`, async () => {
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
      protocols: { ...entity.protocols, [protocol]: polling },
    });
  });
  return entity.id;
}

/** Reads an entity with all its fields, as Grafolean loses those that are not sent back. */
function readItem(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {};
}
