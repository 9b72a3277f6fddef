import { type Answer, detail, json, noContent, ValidationError } from "../answer.ts";
import type { Exchange, RouteContext } from "../exchange.ts";
import { readModel } from "../request_model.ts";

export function postMigrate({ state: { database } }: RouteContext): Answer {
  database.connect();
  database.migrated = true;
  return noContent();
}

/** Creates the first person, who may do everything. */
export async function postFirst({ state }: RouteContext, exchange: Exchange): Promise<Answer> {
  const required = ["username", "password", "name", "email"] as const;
  const fields = await readModel(exchange, required, ["timezone"]);
  const { database } = state;
  database.connect();
  // Without tables, too, the backend takes the system for initialized.
  if (!database.migrated || database.userExists) return detail(401, "System already initialized");
  checkEmail(fields.email);
  const person = state.users.addPerson({ ...fields, timezone: fields.timezone ?? "UTC" });
  state.grant(person, { prefix: null, methods: null });
  database.userExists = true;
  return json(`{"id":${person.id}}`, 201);
}

/**
 * The real backend also asks the DNS whether the domain receives mail.
 *
 * @throws {ValidationError} If the text is no e-mail address.
 */
export function checkEmail(text: string): void {
  if (!/@[^@]+$/.test(text)) throw new ValidationError(`Invalid email: ${text}`);
}
