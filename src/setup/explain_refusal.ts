import { isObject } from "../grafolean/fields.ts";
import type { GrafoleanAnswer, GrafoleanRequest } from "../grafolean/request.ts";

/**
 * Explains why Grafolean refused the request of a person, and what to do: the rest of a sentence that starts with
 * "Grafolean answered 403:". Returns `undefined` for answers that are no refusal, or not from Grafolean.
 */
export function explainRefusal(
  { method, path }: GrafoleanRequest,
  { status, body }: GrafoleanAnswer,
): string | undefined {
  const text = detailOf(body);
  const resource = path.replace(/^\//, "").replace(/\?.*$/, "");
  if (path === "/auth/login") {
    if (status === 401) {
      return "the user name or the password is wrong (Grafolean wants the user name, not the e-mail address)";
    }
    if (status === 422) {
      return `it does not understand this login, which is a bug of this library: ${text}`;
    }
    if (status === 500) return "its database is not ready: open Grafolean in a browser to see why";
  }
  switch (status) {
    case 400:
      return text.startsWith("Input validation failed: ") ? text : undefined;
    case 401:
      return text === "Access denied"
        ? "it does not accept the login anymore: start again"
        : undefined;
    case 403:
      return explainForbidden(method, resource, text);
    case 404:
      return text.startsWith("No such ")
        ? `${text}: somebody has just deleted it, so run the setup again`
        : undefined;
    case 500:
      if (text === "Could not validate access") {
        return "it has trouble with its database and did nothing: try again";
      }
      return text === "Internal Server Error" ? "it failed, maybe half-way" : undefined;
  }
  return undefined;
}

function explainForbidden(method: string, resource: string, text: string): string | undefined {
  const [account = resource] = /^accounts\/\d+/.exec(resource) ?? [];
  if (text.startsWith("Not enough permissions to see this bot's token")) {
    return mayNotSeeToken(account);
  }
  if (text.startsWith("Can't grant permission you don't have")) return mayNotGrant(account);
  return text.startsWith("Access to resource denied") ? mayNotDo(method, resource) : undefined;
}

/** Says that a person may not see the token of a bot. */
export function mayNotSeeToken(account: string): string {
  return `you may not see the token of the bot: that needs a permission for "${account}" with all methods (no list of ` +
    "methods). Run the setup as somebody who has it, or set BOT_TOKEN in .env to the token from the list of bots";
}

/** Says that a person may not give a permission. */
export function mayNotGrant(account: string): string {
  return "you cannot give the bot a permission that you do not have yourself: you need one permission for " +
    `"${account}" with all methods`;
}

/** Says that a person may not send a request. */
export function mayNotDo(method: string, resource: string): string {
  if (resource === "admin/accounts") {
    return "you may not create accounts: name an existing one with --account";
  }
  const [account = resource] = /^accounts\/\d+/.exec(resource) ?? [];
  return `you may not ${method} ${resource}: ask an administrator of Grafolean for a permission for "${account}" with ` +
    "all methods";
}

/** The text of a refusal, which is plain or `{"detail": …}`. */
function detailOf(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (!isObject(json)) return body.trim();
    return typeof json.detail === "string" ? json.detail : JSON.stringify(json.detail);
  } catch {
    return body.trim();
  }
}
