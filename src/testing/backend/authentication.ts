import { AnswerError, bare } from "./answer.ts";
import { type Exchange, queryOf } from "./exchange.ts";
import { isAllowed } from "./permission.ts";
import { PythonError } from "./python_json.ts";
import type { State } from "./state.ts";
import type { UserRecord } from "./users.ts";

// As in Python, $ also matches before a newline at the end, on which the database then fails.
const TOKEN = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\n?$/i;
// The database fails on other methods.
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE"]);

/**
 * Finds the user who sent a request and checks the permissions.
 *
 * @throws {AnswerError} With 401, 403, or 500 `Could not validate access`.
 */
export function authenticate(state: State, exchange: Exchange): UserRecord {
  try {
    const user = findUser(state, exchange);
    if (user === undefined) throw new AnswerError(bare(401, "Access denied"));
    if (!METHODS.has(exchange.method)) throw new PythonError("InvalidTextRepresentation");
    const resource = exchange.path.slice("/api/".length).replace(/\/+$/, "");
    if (!isAllowed(user.permissions, exchange.method, resource)) {
      throw new AnswerError(bare(403, "Access to resource denied, insufficient permissions"));
    }
    return user;
  } catch (error) {
    if (error instanceof PythonError) {
      throw new AnswerError(bare(500, "Could not validate access"));
    }
    throw error;
  }
}

function findUser(state: State, { url, headers }: Exchange): UserRecord | undefined {
  const authorization = headers.get("authorization");
  // Even an empty header takes precedence over the token.
  if (authorization !== null) return state.sessions.read(authorization).person;
  const token = queryOf(url, "b");
  if (token === undefined || !TOKEN.test(token)) return undefined;
  state.database.query();
  if (token.endsWith("\n")) throw new PythonError("InvalidTextRepresentation");
  const bot = state.users.botByToken(token);
  if (bot === undefined) return undefined;
  const seconds = Math.floor(Date.now() / 1000);
  if (bot.lastLogin === null || bot.lastLogin < seconds - 10) bot.lastLogin = seconds;
  return bot;
}
