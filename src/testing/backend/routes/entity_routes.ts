import type { AccountRecords, EntityRecord } from "../account_records.ts";
import { json, noContent, noSuch, ValidationError } from "../answer.ts";
import type { Call, Routes } from "../exchange.ts";
import { OBJECT, objectOf, type Schema, TEXT } from "../json_schema.ts";
import { roundToInteger } from "../numeric.ts";
import { type PyDict, PythonError, type PyValue } from "../python_json.ts";
import { dumpsJson, pythonStr } from "../python_text.ts";
import { MAX_ID } from "../ids.ts";
import type { State } from "../state.ts";
import { readFields, text } from "./record_fields.ts";
import { deletionOf, itemOf, listOf } from "./record_routes.ts";

const ID: Schema = { type: ["string", "number"] };
const NUMBER_OR_NULL: Schema = { type: ["number", "null"] };
const SENSOR = objectOf({ sensor: ID, interval: NUMBER_OR_NULL }, ["sensor"]);
const PROTOCOL = objectOf({ credential: ID, bot: ID, sensors: { type: ["array"], items: SENSOR } });
const ENTITY = objectOf({
  name: TEXT,
  entity_type: TEXT,
  parent: NUMBER_OR_NULL,
  details: OBJECT,
  protocols: { ...OBJECT, additional: PROTOCOL },
}, ["name", "entity_type", "details"]);

/** The devices of an account and their parts. */
export const entityRoutes: Routes = {
  "accounts/{account_id}/entities": {
    GET: listOf("entities"),
    POST: async (call) => {
      const body = await readBody(call);
      const { state, account } = call;
      const parent = parentOf(state, body.get("parent") ?? null);
      if (account === undefined) throw new PythonError("ForeignKeyViolation");
      const entity = {
        id: state.ids.next(),
        parent,
        ...fieldsOf(body),
        credentials: [],
        bots: [],
        sensors: [],
      };
      account.entities.set(entity.id, entity);
      setProtocols(account, entity, protocolsOf(body));
      return json({ id: entity.id }, 201);
    },
  },
  "accounts/{account_id}/entities/{entity_id}": {
    GET: itemOf("entities", "entity"),
    /** Changes everything except the parent. */
    PUT: async (call) => {
      const body = await readBody(call);
      const entity = call.account?.entities.get(call.id) ?? noSuch("entity");
      Object.assign(entity, fieldsOf(body));
      setProtocols(call.account!, entity, protocolsOf(body));
      return noContent();
    },
    DELETE: deletionOf("entities", "entity"),
  },
};

async function readBody(call: Call): Promise<PyDict> {
  const body = await readFields(call, ENTITY);
  for (const [protocol, use] of protocolsOf(body)) checkProtocol(call, protocol, use as PyDict);
  return body;
}

function fieldsOf(body: PyDict): Pick<EntityRecord, "name" | "entityType" | "details"> {
  return {
    name: text(body.get("name")),
    entityType: text(body.get("entity_type")),
    details: dumpsJson(body.get("details")!),
  };
}

function protocolsOf(body: PyDict): PyDict {
  return (body.get("protocols") ?? new Map()) as PyDict;
}

function checkProtocol(
  { state, account, accountId }: Call,
  protocol: string,
  use: PyDict,
): void {
  const combination = "for this account/protocol combination";
  const credential = use.get("credential")!;
  if (account?.credentials.get(idOf(credential))?.protocol !== protocol) {
    throw new ValidationError(`Invalid credential ${combination}: ${pythonStr(credential)}`);
  }
  const botId = use.get("bot")!;
  const bot = state.users.bot(idOf(botId));
  if (bot === undefined || (bot.account ?? accountId) !== accountId) {
    throw new ValidationError(`Invalid bot for this account: ${pythonStr(botId)}`);
  }
  if (bot.protocol !== protocol) {
    throw new ValidationError(`Invalid bot for this protocol: ${pythonStr(botId)}`);
  }
  for (const row of use.get("sensors") as PyDict[]) {
    const sensor = row.get("sensor")!;
    if (account.sensors.get(idOf(sensor))?.protocol !== protocol) {
      throw new ValidationError(`Invalid sensor ${combination}: ${pythonStr(sensor)}`);
    }
  }
}

/** Replaces the rows of all protocols one by one; if one fails, those before it stay. */
function setProtocols(account: AccountRecords, entity: EntityRecord, protocols: PyDict): void {
  account.changed();
  Object.assign(entity, { credentials: [], bots: [], sensors: [] });
  for (const use of protocols.values() as Iterable<PyDict>) {
    entity.credentials.push(idOf(use.get("credential")!));
    const bot = idOf(use.get("bot")!);
    // There is one row per bot, even for several protocols.
    if (!entity.bots.includes(bot)) entity.bots.push(bot);
    for (const row of use.get("sensors") as PyDict[]) {
      const sensor = idOf(row.get("sensor")!);
      const interval = row.get("interval");
      if (interval === undefined) throw new PythonError("KeyError: 'interval'");
      if (entity.sensors.some((other) => other.sensor === sensor)) {
        throw new PythonError("UniqueViolation");
      }
      entity.sensors.push({
        sensor,
        interval: interval === null ? null : roundToInteger(interval as number | bigint),
      });
    }
  }
}

function parentOf(state: State, parent: PyValue): number | null {
  if (parent === null) return null;
  const id = roundToInteger(parent as number | bigint);
  for (const account of state.accounts.values()) if (account.entities.has(id)) return id;
  throw new PythonError("ForeignKeyViolation");
}

/** An id as the database reads it from a number or a text. */
function idOf(value: PyValue): number {
  if (typeof value === "string" && !/^\s*[+-]?[0-9]+\s*$/.test(value)) {
    throw new PythonError("InvalidTextRepresentation");
  }
  const id = Number(value);
  if (typeof value === "string" && Math.abs(id) > MAX_ID) {
    throw new PythonError("NumericValueOutOfRange");
  }
  return id;
}
