import { lutimes, readFile, stat } from "node:fs/promises";
import { isObject } from "../grafolean/fields.ts";
import { fitPermissionAdvice } from "../util/describe_error.ts";
import { isMissing } from "../util/errors.ts";
import { formatDuration } from "../util/format_duration.ts";
import { Limiter } from "../util/limiter.ts";
import type { Logger } from "../util/log.ts";
import { resolveOwnFile } from "../util/own_file.ts";
import type { ProblemLog } from "../util/problem_log.ts";
import { replaceFile } from "../util/replace_file.ts";
import { inTurns, isTurnOver, nextTurn } from "../util/turns.ts";
import type { EntityInfo } from "./entity_info.ts";

/** Options for {@linkcode DevicesFile}. */
interface DevicesFileOptions {
  /** The base URL of Grafolean; a file with devices of another one is not used. */
  readonly backendUrl: string;
  /** Receives why the file is not used. */
  readonly log: Logger;
  /** Receives that the file cannot be written. */
  readonly problems: ProblemLog;
}

// In characters.
const PIECE_LENGTH = 64 * 1024;

const FORMAT = "grafolean-devices";
const VERSION = 1;

/**
 * Keeps the last known devices of each protocol over a restart, in a file that only its owner can read, because it holds
 * credentials of the devices. It does not hold the bot token.
 *
 * The file is replaced as a whole, so that it is complete at any time. A file that is not understood is left alone: it
 * may be somebody else's.
 */
export class DevicesFile {
  readonly #path: string;
  readonly #label: string;
  readonly #options: DevicesFileOptions;
  /** One write at a time. */
  readonly #turn = new Limiter(1);
  #protocols = new Map<string, readonly EntityInfo[]>();
  /** What the file contains, if that is known. */
  #written: ReadonlyMap<string, readonly EntityInfo[]> | undefined;
  #age = "";
  #loading: Promise<void> | undefined;
  #isUsable = true;

  /** Constructs a new instance; nothing is read yet. */
  constructor(path: string, options: DevicesFileOptions) {
    this.#path = path;
    this.#label = JSON.stringify(path);
    this.#options = options;
  }

  /** Names the file and its age, such as `"data/devices.json", as known 3 min before the start`. */
  get origin(): string {
    return `${this.#label}, as known ${this.#age} before the start`;
  }

  /** Returns the devices of a protocol. Reads the file the first time; never throws. */
  async devices(protocol: string): Promise<readonly EntityInfo[]> {
    await (this.#loading ??= this.#load());
    return this.#protocols.get(protocol) ?? [];
  }

  /** Sets the devices of a protocol, and writes the file if any is another object than the last time. Never throws. */
  save(protocol: string, devices: readonly EntityInfo[]): Promise<void> {
    return this.#turn.run(async () => {
      this.#protocols.set(protocol, devices);
      if (!this.#isUsable) return;
      const { problems, backendUrl } = this.#options;
      const protocols = new Map(this.#protocols);
      try {
        const path = resolveOwnFile(this.#path);
        if (!isSame(protocols, this.#written) || !await touch(path)) {
          await replaceFile(path, piecesOf(backendUrl, protocols), { mode: 0o600, sync: true });
        }
        this.#written = protocols;
        problems.clear("devices file");
      } catch (error) {
        problems.raise(
          "devices file",
          `Cannot write the devices file ${this.#label}: ${
            fitPermissionAdvice((error as Error).message)
          }; ` +
            "check that its folder exists and is writable, or a restart during an outage finds old devices or none",
        );
      }
    });
  }

  async #load(): Promise<void> {
    const { backendUrl, log } = this.#options;
    try {
      const path = resolveOwnFile(this.#path);
      const text = await readFile(path, "utf8");
      const ageMs = Date.now() - (await stat(path)).mtimeMs;
      const content = await parse(text);
      if (content.backendUrl !== backendUrl) {
        log.warn(
          `Not using the devices in ${this.#label}: they are those of ${content.backendUrl}`,
        );
        return;
      }
      this.#age = formatDuration(Math.max(0, ageMs) / 1000);
      this.#protocols = content.protocols;
      this.#written = new Map(this.#protocols);
    } catch (error) {
      if (isMissing(error)) return;
      this.#isUsable = false;
      log.warn(
        `Cannot use the devices file ${this.#label}: ${
          fitPermissionAdvice((error as Error).message)
        }; ` +
          "choose another file, or delete this one if it is damaged; until then no devices are kept for a restart",
      );
    }
  }
}

/** Marks a file as up to date. Returns whether it still exists. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await lutimes(path, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isSame(
  now: ReadonlyMap<string, readonly EntityInfo[]>,
  before: ReadonlyMap<string, readonly EntityInfo[]> | undefined,
): boolean {
  return now.size === before?.size && [...now].every(([protocol, devices]) => {
    const last = before.get(protocol);
    return devices.length === last?.length && devices.every((info, n) => info === last[n]);
  });
}

/** The text of the file. Each device has a line of its own, which starts with a tab, so that {@linkcode parse} can take turns. */
async function* piecesOf(
  backendUrl: string,
  protocols: ReadonlyMap<string, readonly EntityInfo[]>,
): AsyncGenerator<string> {
  const head = { format: FORMAT, version: VERSION, backendUrl };
  let piece = `${JSON.stringify(head).slice(0, -1)},"protocols":{`;
  let isFirst = true;
  for (const [protocol, devices] of protocols) {
    piece += `${isFirst ? "" : ","}\n${JSON.stringify(protocol)}:[`;
    isFirst = false;
    for (const [n, info] of devices.entries()) {
      while (isTurnOver()) await nextTurn();
      piece += `${n === 0 ? "" : ","}\n\t${JSON.stringify(info)}\n`;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
    piece += "]";
  }
  yield `${piece}}}\n`;
}

interface Content {
  readonly backendUrl: unknown;
  readonly protocols: Map<string, readonly EntityInfo[]>;
}

// Checks no more than it takes not to stumble over a file that somebody has edited. No message quotes the text, which may
// be a credential.
async function parse(text: string): Promise<Content> {
  const devices: unknown[] = [];
  // The same without the devices, for which their numbers stand.
  let rest = "";
  let json: unknown;
  try {
    await inTurns(text.split("\n"), (line) => {
      rest += line.startsWith("\t{") ? devices.push(JSON.parse(line)) - 1 : line;
    });
    json = JSON.parse(rest);
  } catch {
    throw new Error("it is not valid JSON");
  }
  if (!isObject(json) || json.format !== FORMAT) throw new Error("another program wrote it");
  const { version, backendUrl, protocols } = json;
  if (version !== VERSION) {
    throw new Error(`it is of version ${version}, but this library reads version ${VERSION}`);
  }
  if (!isObject(protocols)) throw new Error("somebody has changed it");
  const content: Content = { backendUrl, protocols: new Map() };
  for (const [protocol, list] of Object.entries(protocols)) {
    if (!Array.isArray(list)) throw new Error("somebody has changed it");
    const infos: EntityInfo[] = [];
    await inTurns(list, (item) => {
      const info = devices[item] ?? item;
      if (!isDevice(info)) throw new Error("somebody has changed it");
      infos.push(info);
    });
    content.protocols.set(protocol, infos);
  }
  return content;
}

function isDevice(json: unknown): json is EntityInfo {
  return isObject(json) && Number.isInteger(json.accountId) && Number.isInteger(json.entityId) &&
    Array.isArray(json.sensors) &&
    json.sensors.every((sensor) =>
      isObject(sensor) && (sensor.interval === null || Number.isInteger(sensor.interval))
    );
}
