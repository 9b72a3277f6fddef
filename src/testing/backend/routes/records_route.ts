import type { ListName } from "../account_records.ts";
import { type Answer, detail, json, noContent } from "../answer.ts";
import type { Exchange, Handler, Handlers } from "../exchange.ts";
import { type Schema, TEXT } from "../json_schema.ts";
import { roundToInteger } from "../numeric.ts";
import { PythonError } from "../python_json.ts";
import type { State } from "../state.ts";
import { detailsText, readFields, text } from "./record_fields.ts";

const SINGULAR: Readonly<Record<ListName, string>> = {
  entities: "entity",
  credentials: "credential",
  sensors: "sensor",
};

const CREDENTIAL: Schema = {
  type: ["object"],
  properties: {
    name: TEXT,
    protocol: TEXT,
    details: { type: ["object"] },
  },
  required: ["name", "protocol", "details"],
};

const SENSOR: Schema = {
  type: ["object"],
  properties: { ...CREDENTIAL.properties, default_interval: { type: ["number", "null"] } },
  required: ["name", "protocol", "default_interval", "details"],
};

/** The list of an account. One that does not exist has empty lists. */
export function listOf(name: ListName): Handler {
  return ({ state }, _, { account }) =>
    json(state.accounts.get(account)?.list(name) ?? `{"list":[]}`);
}

export function itemOf(name: ListName): Handler {
  return ({ state }, _, { account, id }) => {
    const item = state.accounts.get(account)?.item(name, id);
    return item === undefined ? notFound(name) : json(item);
  };
}

export function deletionOf(name: ListName): Handler {
  return ({ state }, _, { account, id }) =>
    state.accounts.get(account)?.delete(name, id) ? noContent() : notFound(name);
}

/** The credentials or sensors of an account. */
export function records(name: "credentials" | "sensors"): Handlers {
  return {
    GET: listOf(name),
    POST: async ({ state }, exchange, { account }) => {
      const fields = await readRecord(name, exchange);
      if (!state.accounts.has(account)) throw new PythonError("ForeignKeyViolation");
      const id = state.ids.next();
      store(state, account, name, id, fields);
      return json(`{"id":${id}}`, 201);
    },
  };
}

/** A credential or sensor. */
export function record(name: "credentials" | "sensors"): Handlers {
  return {
    GET: itemOf(name),
    PUT: async ({ state }, exchange, { account, id }) => {
      const fields = await readRecord(name, exchange);
      if (!state.accounts.get(account)?.[name].has(id)) return notFound(name);
      store(state, account, name, id, fields);
      return noContent();
    },
    DELETE: deletionOf(name),
  };
}

interface Fields {
  readonly name: string;
  readonly protocol: string;
  readonly details: string;
  readonly defaultInterval: number | null;
}

async function readRecord(name: "credentials" | "sensors", exchange: Exchange): Promise<Fields> {
  const fields = await readFields(exchange, name === "sensors" ? SENSOR : CREDENTIAL);
  const interval = (fields.get("default_interval") ?? null) as number | bigint | null;
  return {
    name: text(fields.get("name")),
    protocol: text(fields.get("protocol")),
    details: detailsText(fields.get("details")),
    defaultInterval: interval === null ? null : roundToInteger(interval),
  };
}

function store(
  state: State,
  accountId: number,
  list: "credentials" | "sensors",
  id: number,
  { defaultInterval, ...fields }: Fields,
): void {
  const account = state.accounts.get(accountId)!;
  for (const other of account[list].values()) {
    if (other.name === fields.name && other.id !== id) throw new PythonError("UniqueViolation");
  }
  if (list === "sensors") account.sensors.set(id, { id, ...fields, defaultInterval });
  else account.credentials.set(id, { id, ...fields });
  account.changed();
}

function notFound(name: ListName): Answer {
  return detail(404, `No such ${SINGULAR[name]}`);
}
