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
import type { Exchange, Parameters, RouteContext } from "./exchange.ts";
import { PythonError } from "./python_json.ts";
import { findRoute, PUBLIC } from "./routes/route_table.ts";

/** Answers a request. */
export async function answer(context: RouteContext, exchange: Exchange): Promise<Answer> {
  try {
    return allowOrigin(exchange, await route(context, exchange));
  } catch (error) {
    if (error instanceof AnswerError) return allowOrigin(exchange, error.answer);
    if (error instanceof ValidationError) {
      return validationFailed(error, exchange.headers.get("content-type"));
    }
    if (error instanceof PythonError) return internalServerError();
    throw error;
  }
}

/** A page on another host may see why the backend refuses it. */
function allowOrigin({ path }: Exchange, answer: Answer): Answer {
  if (path !== "/api/status/info") return answer;
  return { ...answer, headers: { ...answer.headers, "access-control-allow-origin": "*" } };
}

async function route(context: RouteContext, exchange: Exchange): Promise<Answer> {
  const { method, path } = exchange;
  const isPublic = PUBLIC.has(`${method} ${path}`);
  const user = isPublic ? undefined : authenticate(context.state, exchange);
  const found = findRoute(path.replace(/\/$/, ""));
  if (found === undefined) return redirect(exchange) ?? detail(404, "Not Found");
  const { handlers, texts } = found;
  const handler = handlers[method];
  if (handler === undefined) {
    const answer = detail(405, "Method Not Allowed");
    return { ...answer, headers: { ...answer.headers, allow: Object.keys(handlers)[0]! } };
  }
  const parameters = readParameters(texts);
  const account = context.state.accounts.get(parameters.accountId);
  // What is public does not ask for the user.
  return await handler({ ...context, ...exchange, ...parameters, user: user!, account });
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
  const result = { accountId: 0, id: 0, permission: 0, name: "" };
  for (const [name, text] of texts) {
    if (name === "path" || name === "dashboard_slug") result.name = text;
    else if (!/^\s*[+-]?[0-9]+\s*$/.test(text)) {
      problems.push({
        loc: ["path", name],
        msg: "value is not a valid integer",
        type: "type_error.integer",
      });
    } else if (name === "account_id") result.accountId = Number(text);
    else if (name === "permission_id") result.permission = Number(text);
    else result.id = Number(text);
  }
  if (problems.length > 0) {
    throw new AnswerError(json({ detail: problems }, 422));
  }
  return result;
}
