import { AnswerError, detail, json, noContent, ValidationError } from "../answer.ts";
import type { Handlers } from "../exchange.ts";
import { type Schema, TEXT, TEXT_OR_NULL } from "../json_schema.ts";
import { permissionsJson } from "../permission.ts";
import { PythonError } from "../python_json.ts";
import { compareText } from "../python_text.ts";
import { readModel } from "../request_model.ts";
import type { State } from "../state.ts";
import type { PersonRecord } from "../users.ts";
import { readFields, text } from "./record_fields.ts";

const REQUIRED = ["username", "password", "name", "email"] as const;
const NEW_PERSON: Schema = {
  type: ["object"],
  properties: {
    username: TEXT,
    password: TEXT,
    name: TEXT,
    email: TEXT,
    timezone: TEXT_OR_NULL,
  },
  required: REQUIRED,
};
const CHANGED_PERSON: Schema = {
  type: ["object"],
  properties: { username: TEXT, name: TEXT, email: TEXT, timezone: TEXT },
};
const PASSWORDS: Schema = {
  type: ["object"],
  properties: { old_password: TEXT, new_password: TEXT },
  required: ["old_password", "new_password"],
};

/** The first person of an installation, who may do everything. */
export const firstPerson: Handlers = {
  POST: async ({ state }, exchange) => {
    const fields = await readModel(exchange, REQUIRED, ["timezone"]);
    const { database } = state;
    database.connect();
    // Without tables, too, the backend takes the system for initialized.
    if (!database.migrated || database.userExists) {
      return detail(401, "System already initialized");
    }
    checkEmail(fields.email);
    const person = state.users.addPerson({ ...fields, timezone: fields.timezone ?? "UTC" });
    state.grant(person, { prefix: null, methods: null });
    database.userExists = true;
    return json(`{"id":${person.id}}`, 201);
  },
};

export const persons: Handlers = {
  GET: ({ state }) => {
    const list = state.users.people()
      .sort((a, b) => compareText(a.username, b.username))
      .map(personJson);
    return json(JSON.stringify({ list }));
  },
  /** Does not tell that a user name or e-mail address is taken, but creates nobody. */
  POST: async ({ state: { users } }, exchange) => {
    const fields = await readFields(exchange, NEW_PERSON);
    const [username, password, name, email] = REQUIRED.map((key) => text(fields.get(key)));
    checkEmail(email!);
    const isTaken = users.people()
      .some((other) => other.username === username || other.email === email);
    if (isTaken) return json('{"id":null}', 201);
    const timezone = text(fields.get("timezone") ?? "UTC");
    const person = users.addPerson({
      username: username!,
      password: password!,
      name: name!,
      email: email!,
      timezone,
    });
    return json(`{"id":${person.id}}`, 201);
  },
};

export const person: Handlers = {
  GET: ({ state }, _, { id }) => {
    const person = find(state, id);
    const permissions = JSON.parse(permissionsJson(person.permissions));
    return json(JSON.stringify({ ...personJson(person), permissions }));
  },
  /** Leaves out empty texts. Without a time zone it becomes UTC, and an e-mail address is required in fact. */
  PUT: async ({ state }, exchange, { id }) => {
    const fields = await readFields(exchange, CHANGED_PERSON);
    checkEmail(text(fields.get("email") ?? "None"));
    const person = find(state, id);
    for (const key of ["name", "username", "email"] as const) {
      const value = text(fields.get(key) ?? "");
      const others = state.users.people().filter((other) => other !== person);
      if (key !== "name" && others.some((other) => other[key] === value)) {
        throw new PythonError("UniqueViolation");
      }
      if (value !== "") person[key] = value;
    }
    person.timezone = text(fields.get("timezone") ?? "UTC") || person.timezone;
    return noContent();
  },
  DELETE: ({ state }, { user }, { id }) => {
    if (user.id === id) return detail(403, "Can't delete yourself");
    state.deleteUser(find(state, id).id);
    return noContent();
  },
};

export const personPassword: Handlers = {
  POST: async ({ state }, exchange, { id }) => {
    const fields = await readFields(exchange, PASSWORDS);
    const person = state.users.person(id);
    if (person === undefined || person.password !== fields.get("old_password")) {
      return detail(400, "Change failed");
    }
    person.password = text(fields.get("new_password"));
    return noContent();
  },
};

/** A bot or a person. The status is 201, by mistake of the backend. */
export const user: Handlers = {
  GET: ({ state }, _, { id }) => {
    const user = state.users.get(id);
    if (user === undefined) return detail(404, "No such user");
    const permissions = JSON.parse(permissionsJson(user.permissions));
    const { type, name } = user;
    return json(JSON.stringify({ user_id: id, user_type: type, name, permissions }), 201);
  },
};

/** A person as the API shows it. */
export function personJson(
  { id, name, email, username, timezone }: PersonRecord,
): Readonly<Record<string, unknown>> {
  return { user_id: id, name, email, username, timezone, email_confirmed: true };
}

function find({ users }: State, id: number): PersonRecord {
  const person = users.person(id);
  if (person === undefined) throw new AnswerError(detail(404, "No such person"));
  return person;
}

/**
 * The real backend also asks the DNS whether the domain receives mail.
 *
 * @throws {ValidationError} If the text is no e-mail address.
 */
function checkEmail(text: string): void {
  if (!/@[^@]+$/.test(text)) throw new ValidationError(`Invalid email: ${text}`);
}
