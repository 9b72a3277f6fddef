import {
  type Answer,
  AnswerError,
  detail,
  internalServerError,
  json,
  ValidationError,
  validationFailed,
} from "./answer.ts";
import { authenticate } from "./authentication.ts";
import type { Exchange, RouteContext } from "./exchange.ts";
import { PythonError } from "./python_json.ts";
import { findRoute, type Parameters } from "./routes/route_table.ts";
import { getStatus, postFirst, postLogin, postMigrate } from "./routes/status_route.ts";

/** Answers a request. */
export async function answer(context: RouteContext, exchange: Exchange): Promise<Answer> {
  try {
    return withoutLogin(context, exchange) ?? await withLogin(context, exchange);
  } catch (error) {
    if (error instanceof AnswerError) return error.answer;
    if (error instanceof ValidationError) {
      return validationFailed(error, exchange.headers.get("content-type"));
    }
    if (error instanceof PythonError) return internalServerError();
    throw error;
  }
}

/** These paths are compared literally: with a trailing slash, they need a login. */
function withoutLogin({ state }: RouteContext, exchange: Exchange): Answer | undefined {
  switch (`${exchange.method} ${exchange.path}`) {
    case "GET /api/status/info":
      return getStatus(state.database);
    case "POST /api/admin/migratedb":
      return postMigrate(state.database);
    case "POST /api/admin/first":
      return postFirst(state.database, state.newId);
    case "POST /api/auth/login":
      return postLogin();
    default:
      return undefined;
  }
}

async function withLogin(context: RouteContext, exchange: Exchange): Promise<Answer> {
  const user = authenticate(context.state, exchange);
  const found = findRoute(exchange.path.replace(/\/$/, ""));
  if (found === undefined) return redirect(exchange) ?? detail(404, "Not Found");
  const handler = found.route.handlers[exchange.method];
  if (handler === undefined) return detail(405, "Method Not Allowed");
  return await handler(context, { ...exchange, user }, readParameters(found.texts));
}

/** Only paths with several trailing slashes are redirected. */
function redirect({ url, path }: Exchange): Answer | undefined {
  if (!path.endsWith("//") || findRoute(path.replace(/\/+$/, "")) === undefined) return undefined;
  const location = new URL(url);
  location.pathname = url.pathname.replace(/\/+$/, "");
  return { status: 307, headers: { location: location.href }, body: new Uint8Array(0) };
}

function readParameters(texts: ReadonlyMap<string, string>): Parameters {
  const problems: unknown[] = [];
  const result = { account: 0, id: 0, path: "" };
  for (const [name, text] of texts) {
    if (name === "path") result.path = text;
    else if (!/^\s*[+-]?[0-9]+\s*$/.test(text)) {
      problems.push({
        loc: ["path", name],
        msg: "value is not a valid integer",
        type: "type_error.integer",
      });
    } else if (name === "account_id") result.account = Number(text);
    else result.id = Number(text);
  }
  if (problems.length > 0) {
    throw new AnswerError(json(JSON.stringify({ detail: problems }), 422));
  }
  return result;
}
