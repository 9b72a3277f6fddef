import { normalize } from "node:path";
import { backendUrlProblem, normalizeBackendUrl } from "../grafolean/backend_url.ts";
import { botTokenProblem, holdsToken, normalizeBotToken } from "../grafolean/bot_token.ts";
import {
  type LoadSettingsOptions,
  readSettings,
  type Setting,
  type SettingsTable,
  type SettingValues,
} from "../toolkit/settings.ts";
import { ConfigError } from "../util/errors.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../util/log.ts";

/** The settings that all bots have. */
export const SETTINGS = {
  backendUrl: {
    name: "BACKEND_URL",
    about: "Base URL of Grafolean with /api, such as https://grafolean.example.com/api.",
    secret: true, // Somebody may put a password into it.
    parse: (text: string) => normalizeBackendUrl(valid(text, backendUrlProblem(text))),
  },
  botToken: {
    name: "BOT_TOKEN",
    about: "Token of the bot, from the list of bots in Grafolean.",
    secret: true,
    parse: (text: string) => normalizeBotToken(valid(text, botTokenProblem(text))),
  },
  botTokenFile: {
    name: "BOT_TOKEN_FROM_FILE",
    about:
      "File that holds the token, in place of BOT_TOKEN. The bot waits until it exists, and reads it again when " +
      "Grafolean refuses the token.",
    secret: true, // Somebody may put the token itself into it.
    parse: parseTokenFile,
  },
  jobsRefreshInterval: {
    name: "JOBS_REFRESH_INTERVAL",
    default: "120",
    about: "How often to refresh the jobs from Grafolean, in seconds.",
    parse: parseRefreshInterval,
  },
  logLevel: {
    name: "LOG_LEVEL",
    default: "info",
    about: "Lowest level to log: debug, info, warn or error. Logs go to standard error.",
    parse: (text: string) => oneOf(LOG_LEVELS, text),
  },
  logFormat: {
    name: "LOG_FORMAT",
    default: "text",
    about: "How to log: text for people, or json, one object per line, for programs.",
    parse: (text: string) => oneOf(LOG_FORMATS, text),
  },
  outboxFile: {
    name: "OUTBOX_FILE",
    about:
      "File where values wait while Grafolean is away, so that they survive a restart. One bot per file. Without it " +
      "they wait in memory.",
    parse: String,
  },
  devicesFile: {
    name: "DEVICES_FILE",
    about:
      "File that keeps the last device lists, so that a bot that restarts while Grafolean is away polls at once. It " +
      "holds the credentials of the devices in clear text; only its owner can read it. One bot per file.",
    parse: String,
  },
  healthFile: {
    name: "HEALTH_FILE",
    about: "File to which the bot writes its health every 10 seconds, for --health.",
    parse: String,
  },
} satisfies SettingsTable;

const FILES = ["botTokenFile", "outboxFile", "devicesFile", "healthFile"] as const;

/** The values of {@linkcode SETTINGS}. One of `botToken` and `botTokenFile` is set. */
export type BotSettings = SettingValues<typeof SETTINGS> & { readonly backendUrl: string };

/**
 * Reads the settings that all bots have, and checks those of the bot's own.
 *
 * @throws {ConfigError} If settings are missing or invalid; it lists all problems.
 */
export async function loadBotSettings(
  options: LoadSettingsOptions = {},
  own: SettingsTable = {},
): Promise<BotSettings> {
  // Their keys could be the same.
  const ownByName = Object.fromEntries(Object.values(own).map((each) => [each.name, each]));
  const table: typeof SETTINGS = { ...ownByName, ...SETTINGS };
  const { values, problems, hints, unset } = await readSettings(table, options);
  const missing: string[] = [];
  if (unset.has("backendUrl")) {
    missing.push(
      "BACKEND_URL is not set: expected a URL such as https://grafolean.example.com/api",
    );
  }
  if (unset.has("botToken") && unset.has("botTokenFile")) {
    missing.push(
      "Neither BOT_TOKEN nor BOT_TOKEN_FROM_FILE is set: expected the token of the bot, or the path of a file that holds it",
    );
  } else if (!unset.has("botToken") && !unset.has("botTokenFile")) {
    problems.push("BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set: expected only one of them");
  }
  problems.push(...sharedFiles(values));
  if (missing.length > 0) problems.unshift(...hints, ...missing);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...values, backendUrl: values.backendUrl! };
}

/** Reads how to log, so that what is wrong with settings is logged like everything else. What is invalid counts as not set. */
export async function loadLogSettings(
  options: LoadSettingsOptions = {},
): Promise<Pick<BotSettings, "logLevel" | "logFormat">> {
  const { logLevel, logFormat } = SETTINGS;
  const { values } = await readSettings({ logLevel, logFormat }, options);
  return { logLevel: values.logLevel ?? "info", logFormat: values.logFormat ?? "text" };
}

/** Names settings with the same file: the bot would overwrite it. */
function sharedFiles(values: SettingValues<typeof SETTINGS>): string[] {
  const files = FILES.map((key) => values[key] && normalize(values[key]));
  return FILES.flatMap((key, index) => {
    const other = FILES[files.indexOf(files[index])]!;
    if (files[index] === undefined || other === key) return [];
    const names = `${SETTINGS[other].name} and ${SETTINGS[key].name}`;
    return [`${names} are the same file: expected a file for each`];
  });
}

/** Describes a setting in help and documentation: what it is for, and its default. */
export function describeSetting(
  { about, default: defaultText }: Pick<Setting, "about" | "default">,
): string {
  return defaultText === undefined ? about : `${about} Default: ${defaultText}.`;
}

function valid(text: string, problem: string | undefined): string {
  if (problem !== undefined) throw new TypeError(problem);
  return text;
}

function parseTokenFile(text: string): string {
  if (holdsToken(text) && !/[/.\\]/.test(text)) {
    throw new TypeError(
      "it looks like a token: expected the path of a file that holds it; a token itself goes into BOT_TOKEN",
    );
  }
  return text;
}

function parseRefreshInterval(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > 86_400) {
    throw new RangeError("expected whole seconds from 1 to 86400");
  }
  return seconds;
}

function oneOf<T extends string>(choices: readonly T[], text: string): T {
  const choice = choices.find((each) => each === text.toLowerCase());
  if (choice === undefined) throw new TypeError(`expected one of ${choices.join(", ")}`);
  return choice;
}
