import { detail, json, noContent, noSuch } from "../answer.ts";
import type { Call, Routes } from "../exchange.ts";
import { objectOf, TEXT, TEXT_OR_NULL } from "../json_schema.ts";
import { canGrant } from "../permission.ts";
import { PythonError } from "../python_json.ts";
import type { BotRecord } from "../users.ts";
import { readFields, text } from "./record_fields.ts";

const SYSTEM_BOT = { name: TEXT, protocol: TEXT_OR_NULL };
const ACCOUNT_BOT = { ...SYSTEM_BOT, config: TEXT_OR_NULL };

/** The bots of an account, and the systemwide ones. */
export const botRoutes: Routes = {
  ...routesOf("accounts/{account_id}/bots", true),
  ...routesOf("bots", false),
};

function routesOf(bots: string, ofAccount: boolean): Routes {
  /** Bots of accounts, too, can be changed and deleted among the systemwide ones. */
  const findToChange = (call: Call): BotRecord =>
    ofAccount ? findBot(call, true) : call.state.users.bot(call.id) ?? noSuch("bot");
  return {
    [bots]: {
      /** Newest first, without `config`. */
      GET: ({ state, accountId }) => {
        const list = state.users.bots()
          .filter(({ account }) => account === (ofAccount ? accountId : null))
          .map((bot) => ({ ...shownBot(bot), config: undefined }));
        return json({ list });
      },
      /** The bot stays behind as a systemwide one if it cannot be tied to the account. */
      POST: async (call) => {
        const fields = await readBot(call, ofAccount);
        const fits = !ofAccount || call.account !== undefined && isJson(fields.config);
        const bot = call.state.users.addBot({
          ...fields,
          account: fits && ofAccount ? call.accountId : null,
          config: fits ? fields.config : null,
        });
        if (!fits) throw new PythonError("ForeignKeyViolation or InvalidTextRepresentation");
        return json(shownBot(bot), 201);
      },
    },
    [`${bots}/{user_id}`]: {
      GET: (call) => json(shownBot(findBot(call, ofAccount))),
      PUT: async (call) => {
        const { name, protocol, config } = await readBot(call, ofAccount);
        const bot = findToChange(call);
        Object.assign(bot, { name, protocol });
        call.state.botsChanged();
        if (!isJson(config)) throw new PythonError("InvalidTextRepresentation");
        if (ofAccount) bot.config = config;
        return noContent();
      },
      DELETE: (call) => {
        if (call.user.id === call.id) return detail(403, "Can't delete yourself");
        call.state.deleteUser(findToChange(call).id);
        return noContent();
      },
    },
    [`${bots}/{user_id}/token`]: {
      /** Shows the token to who may create the bot and has all its permissions. */
      GET: (call) => {
        const { state, user: { permissions }, accountId, id } = call;
        const wanted = state.users.get(id)?.permissions ?? [];
        const missing = "Not enough permissions to see this bot's token";
        if (!wanted.every(({ prefix, methods }) => canGrant(permissions, prefix, methods))) {
          return detail(403, missing);
        }
        // The backend looks for the letters of "POST" in the list of methods, so only `null` will do.
        const resource = ofAccount ? `accounts/${accountId}/bots` : "bots";
        if (!canGrant(permissions, resource, [..."POST"])) {
          const shown = ofAccount ? "accounts/:account_id/bots" : "/bots";
          return detail(403, `${missing} - POST to ${shown} not allowed`);
        }
        return json({ token: findBot(call, ofAccount).token });
      },
    },
  };
}

/** The bot in the path, of its account or systemwide. */
export function findBot({ state, accountId, id }: Call, ofAccount: boolean): BotRecord {
  const bot = state.users.bot(id);
  return bot?.account === (ofAccount ? accountId : null) ? bot : noSuch("bot");
}

async function readBot(
  call: Call,
  ofAccount: boolean,
): Promise<Pick<BotRecord, "name" | "protocol" | "config">> {
  const fields = await readFields(call, objectOf(ofAccount ? ACCOUNT_BOT : SYSTEM_BOT, ["name"]));
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

/** A bot as the API shows it. */
export function shownBot(bot: BotRecord): Readonly<Record<string, unknown>> {
  const { id, name, protocol, account, config, insertTime, lastLogin } = bot;
  return {
    id,
    name,
    protocol,
    tied_to_account: account,
    config: config === null ? null : JSON.parse(config),
    insert_time: insertTime,
    last_login: lastLogin,
  };
}
