import { AnswerError, detail, json, noContent } from "../answer.ts";
import type { Exchange, Handler, Handlers, Parameters } from "../exchange.ts";
import { TEXT, TEXT_OR_NULL } from "../json_schema.ts";
import { canGrant } from "../permission.ts";
import { parsePythonJson, PythonError } from "../python_json.ts";
import { dumpsJson } from "../python_text.ts";
import type { State } from "../state.ts";
import type { BotRecord } from "../users.ts";
import { readFields, text } from "./record_fields.ts";

const PROPERTIES = { name: TEXT, protocol: TEXT_OR_NULL };
const SYSTEM_BOT = { type: ["object"], properties: PROPERTIES, required: ["name"] } as const;
const ACCOUNT_BOT = { ...SYSTEM_BOT, properties: { ...PROPERTIES, config: TEXT_OR_NULL } } as const;

/** The bots of an account. */
export const accountBots: Handlers = {
  GET: ({ state }, _, { account }) => json(botList(state, account)),
  /** The bot stays behind as a systemwide one if it cannot be tied to the account. */
  POST: async ({ state }, exchange, { account }) => {
    const { name, protocol, config } = await readBot(exchange, true);
    if (!state.accounts.has(account) || !isJson(config)) {
      state.users.addBot({ name, protocol, account: null, config: null });
      throw new PythonError("ForeignKeyViolation or InvalidTextRepresentation");
    }
    return json(botJson(state.users.addBot({ name, protocol, account, config })), 201);
  },
};

/** A bot of an account. */
export const accountBot: Handlers = {
  GET: ({ state }, _, { account, id }) => json(botJson(findBot(state, account, id))),
  PUT: async ({ state }, exchange, { account, id }) => {
    const fields = await readBot(exchange, true);
    const bot = findBot(state, account, id);
    change(state, bot, fields);
    if (!isJson(fields.config)) throw new PythonError("InvalidTextRepresentation");
    bot.config = fields.config;
    return noContent();
  },
  DELETE: ({ state }, { user }, { account, id }) => {
    if (user.id === id) return detail(403, "Can't delete yourself");
    state.deleteUser(findBot(state, account, id).id);
    return noContent();
  },
};

/** Systemwide bots. Who may see anything may list them. */
export const systemBots: Handlers = {
  GET: ({ state }) => json(botList(state, null)),
  POST: async ({ state }, exchange) => {
    const { name, protocol } = await readBot(exchange, false);
    return json(botJson(state.users.addBot({ name, protocol, account: null, config: null })), 201);
  },
};

/** A systemwide bot. Bots of accounts, too, can be changed and deleted here. */
export const systemBot: Handlers = {
  GET: ({ state }, _, { id }) => json(botJson(findBot(state, null, id))),
  PUT: async ({ state }, exchange, { id }) => {
    const fields = await readBot(exchange, false);
    change(state, state.users.bot(id) ?? notFound(), fields);
    return noContent();
  },
  DELETE: ({ state }, { user }, { id }) => {
    if (user.id === id) return detail(403, "Can't delete yourself");
    const bot = state.users.bot(id) ?? notFound();
    state.deleteUser(bot.id);
    return noContent();
  },
};

export const accountBotToken: Handlers = {
  GET: tokenOf(
    ({ account }) => account,
    ({ account }) => `accounts/${account}/bots`,
    "accounts/:account_id/bots",
  ),
};

export const systemBotToken: Handlers = { GET: tokenOf(() => null, () => "bots", "/bots") };

/**
 * Shows the token to who may create the bot and has all its permissions.
 *
 * @param homeOf The account of the bot; `null` for systemwide ones.
 * @param resourceOf Where such bots are created.
 * @param shown What the error calls it.
 */
function tokenOf(
  homeOf: (parameters: Parameters) => number | null,
  resourceOf: (parameters: Parameters) => string,
  shown: string,
): Handler {
  return ({ state }, { user }, parameters) => {
    const wanted = state.users.get(parameters.id)?.permissions ?? [];
    const missing = "Not enough permissions to see this bot's token";
    if (!wanted.every(({ prefix, methods }) => canGrant(user.permissions, prefix, methods))) {
      return detail(403, missing);
    }
    // The backend looks for the letters of "POST" in the list of methods, so only `null` will do.
    if (!canGrant(user.permissions, resourceOf(parameters), [..."POST"])) {
      return detail(403, `${missing} - POST to ${shown} not allowed`);
    }
    const { token } = findBot(state, homeOf(parameters), parameters.id);
    return json(JSON.stringify({ token }));
  };
}

/** @throws {AnswerError} With 404 if the bot does not exist, or not there. */
export function findBot({ users }: State, account: number | null, id: number): BotRecord {
  const bot = users.bot(id);
  return bot?.account === account ? bot : notFound();
}

function notFound(): never {
  throw new AnswerError(detail(404, "No such bot"));
}

type Fields = Pick<BotRecord, "name" | "protocol" | "config">;

async function readBot(exchange: Exchange, ofAccount: boolean): Promise<Fields> {
  const fields = await readFields(exchange, ofAccount ? ACCOUNT_BOT : SYSTEM_BOT);
  const optional = (name: string): string | null => {
    const value = fields.get(name) ?? null;
    return value === null ? null : text(value);
  };
  return {
    name: text(fields.get("name")),
    protocol: optional("protocol"),
    config: optional("config"),
  };
}

function change(state: State, bot: BotRecord, { name, protocol }: Fields): void {
  bot.name = name;
  bot.protocol = protocol;
  state.botsChanged();
}

/** Whether the database takes a text as JSON. */
function isJson(config: string | null): boolean {
  if (config === null) return true;
  try {
    JSON.parse(config);
    return true;
  } catch {
    return false;
  }
}

/** Newest first. */
function botList({ users }: State, account: number | null): string {
  const bots = users.bots().filter((bot) => bot.account === account);
  return `{"list":[${bots.map((bot) => botJson(bot, false)).join(",")}]}`;
}

/** A bot as JSON; lists are without `config`. */
export function botJson(bot: BotRecord, withConfig = true): string {
  const { id, name, protocol, account, config, insertTime, lastLogin } = bot;
  const shown = config === null
    ? null
    : dumpsJson(parsePythonJson(new TextEncoder().encode(config)));
  return `{"id":${id},"name":${JSON.stringify(name)},"protocol":${JSON.stringify(protocol)},` +
    `"tied_to_account":${account},${withConfig ? `"config":${shown},` : ""}` +
    `"insert_time":${insertTime},"last_login":${lastLogin}}`;
}
