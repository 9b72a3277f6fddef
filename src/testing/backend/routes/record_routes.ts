import type { ListName, ProtocolRecord } from "../account_records.ts";
import { json, noContent, noSuch } from "../answer.ts";
import type { Call, Handler, Routes } from "../exchange.ts";
import { OBJECT, objectOf, type Schema, TEXT } from "../json_schema.ts";
import { roundToInteger } from "../numeric.ts";
import { PythonError } from "../python_json.ts";
import { dumpsJson } from "../python_text.ts";
import { readFields, text } from "./record_fields.ts";

const CREDENTIAL = { name: TEXT, protocol: TEXT, details: OBJECT };
const INTERVAL: Schema = { type: ["number", "null"] };

/** The credentials and sensors of an account. */
export const recordRoutes: Routes = {
  ...routesOf("credentials", "credential", objectOf(CREDENTIAL)),
  ...routesOf("sensors", "sensor", objectOf({ ...CREDENTIAL, default_interval: INTERVAL })),
};

function routesOf(name: "credentials" | "sensors", singular: string, schema: Schema): Routes {
  return {
    [`accounts/{account_id}/${name}`]: {
      GET: listOf(name),
      POST: async (call) => {
        const fields = await readRecord(call, schema);
        if (call.account === undefined) throw new PythonError("ForeignKeyViolation");
        const id = call.state.ids.next();
        put(call, name, { id, ...fields });
        return json({ id }, 201);
      },
    },
    [`accounts/{account_id}/${name}/{${singular}_id}`]: {
      GET: itemOf(name, singular),
      PUT: async (call) => {
        const fields = await readRecord(call, schema);
        if (!call.account?.[name].has(call.id)) noSuch(singular);
        put(call, name, { id: call.id, ...fields });
        return noContent();
      },
      DELETE: deletionOf(name, singular),
    },
  };
}

/** The list of an account. One that does not exist has empty lists. */
export function listOf(name: ListName): Handler {
  return ({ account }) => json(account?.list(name) ?? { list: [] });
}

export function itemOf(name: ListName, singular: string): Handler {
  return ({ account, id }) => json(account?.item(name, id) ?? noSuch(singular));
}

export function deletionOf(name: ListName, singular: string): Handler {
  return ({ account, id }) => account?.delete(name, id) ? noContent() : noSuch(singular);
}

async function readRecord(call: Call, schema: Schema): Promise<Omit<ProtocolRecord, "id">> {
  const fields = await readFields(call, schema);
  const interval = fields.get("default_interval") as number | bigint | null | undefined;
  return {
    name: text(fields.get("name")),
    protocol: text(fields.get("protocol")),
    details: dumpsJson(fields.get("details")!),
    defaultInterval: interval === undefined || interval === null
      ? interval
      : roundToInteger(interval),
  };
}

function put({ account }: Call, list: "credentials" | "sensors", record: ProtocolRecord): void {
  for (const other of account![list].values()) {
    if (other.name === record.name && other.id !== record.id) {
      throw new PythonError("UniqueViolation");
    }
  }
  account!.put(list, record);
}
