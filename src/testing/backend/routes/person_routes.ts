import { detail, json, noContent, noSuch, ValidationError } from "../answer.ts";
import type { Routes } from "../exchange.ts";
import { objectOf, TEXT, TEXT_OR_NULL } from "../json_schema.ts";
import { shownPermissions } from "../permission.ts";
import { compareText } from "../python_text.ts";
import { readModel } from "../request_model.ts";
import type { PersonRecord } from "../users.ts";
import { readFields, text } from "./record_fields.ts";

const REQUIRED = ["username", "password", "name", "email"] as const;
const PERSON = objectOf({
  ...Object.fromEntries(REQUIRED.map((name) => [name, TEXT])),
  timezone: TEXT_OR_NULL,
}, REQUIRED);

export const personRoutes: Routes = {
  /** The first person of an installation, who may do everything. */
  "admin/first": {
    POST: async (call) => {
      const fields = await readModel(call, REQUIRED, ["timezone"]);
      const { database, users } = call.state;
      database.connect();
      // Without tables, too, the backend takes the system for initialized.
      if (!database.migrated || database.userExists) {
        return detail(401, "System already initialized");
      }
      checkEmail(fields.email);
      const person = users.addPerson({ ...fields, timezone: fields.timezone ?? "UTC" });
      call.state.grant(person, { prefix: null, methods: null });
      database.userExists = true;
      return json({ id: person.id }, 201);
    },
  },
  "persons": {
    GET: ({ state }) => {
      const people = state.users.people().sort((a, b) => compareText(a.username, b.username));
      return json({ list: people.map(shownPerson) });
    },
    /** Does not tell that a user name or e-mail address is taken, but creates nobody. */
    POST: async (call) => {
      const fields = await readFields(call, PERSON);
      const [username, password, name, email] = REQUIRED
        .map((key) => text(fields.get(key))) as [string, string, string, string];
      const timezone = text(fields.get("timezone") ?? "UTC");
      checkEmail(email);
      const { users } = call.state;
      const isTaken = users.people()
        .some((other) => other.username === username || other.email === email);
      if (isTaken) return json({ id: null }, 201);
      const { id } = users.addPerson({ username, password, name, email, timezone });
      return json({ id }, 201);
    },
  },
  "persons/{user_id}": {
    GET: ({ state, id }) => {
      const user = state.users.get(id);
      return user?.type === "person"
        ? json({ ...shownPerson(user), permissions: shownPermissions(user.permissions) })
        : noSuch("person");
    },
    DELETE: ({ state, user, id }) => {
      if (user.id === id) return detail(403, "Can't delete yourself");
      if (state.users.get(id)?.type !== "person") noSuch("person");
      state.deleteUser(id);
      return noContent();
    },
  },
  /** A person or a bot. Grafolean answers 201 here, although it creates nothing. */
  "users/{user_id}": {
    GET: ({ state, id }) => {
      const user = state.users.get(id);
      if (user === undefined) return noSuch("user");
      const { type, name, permissions } = user;
      const shown = { user_id: id, user_type: type, name };
      return json({ ...shown, permissions: shownPermissions(permissions) }, 201);
    },
  },
};

/** A person as the API shows it. */
export function shownPerson({ id, name, email, username, timezone }: PersonRecord): object {
  return { user_id: id, name, email, username, timezone, email_confirmed: true };
}

/**
 * The real backend also asks the DNS whether the domain receives mail.
 *
 * @throws {ValidationError} If the text is no e-mail address.
 */
function checkEmail(text: string): void {
  if (!/@[^@]+$/.test(text)) throw new ValidationError(`Invalid email: ${text}`);
}
