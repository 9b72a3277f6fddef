import { AnswerError, json } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { JsonError, parsePythonJson, type PyValue } from "./python_json.ts";
import { pythonStr } from "./python_text.ts";

/**
 * Reads a body of texts as pydantic does, which a few calls use instead of a JSON schema: numbers become texts, and what
 * is wrong is answered with 422.
 *
 * @returns The fields; an optional one that is absent or `null` is `undefined`.
 * @throws {AnswerError} With 422.
 */
export async function readModel<Required extends string, Optional extends string = never>(
  exchange: Exchange,
  required: readonly Required[],
  optional: readonly Optional[] = [],
): Promise<Record<Required, string> & Partial<Record<Optional, string>>> {
  const read = await readBody(exchange);
  if (read === null) throw refuse([MISSING, "body"]);
  // Python makes a dict of whatever is empty.
  const body = read === "" || Array.isArray(read) && read.length === 0 ? new Map() : read;
  if (!(body instanceof Map)) {
    throw refuse([["value is not a valid dict", "type_error.dict"], "body"]);
  }
  const problems: Problem[] = [];
  const fields: Record<string, string> = {};
  for (const name of [...required, ...optional]) {
    const value = body.get(name);
    const isOptional = (optional as readonly string[]).includes(name);
    if (isOptional && (value ?? null) === null) continue;
    const problem = value === undefined ? MISSING : problemOf(value);
    if (problem === undefined) fields[name] = pythonStr(value!);
    else problems.push([problem, "body", name]);
  }
  const known: readonly string[] = [...required, ...optional];
  for (const name of [...body.keys()].filter((name) => !known.includes(name)).sort()) {
    problems.push([["extra fields not permitted", "value_error.extra"], "body", name]);
  }
  if (problems.length > 0) throw refuse(...problems);
  return fields as Record<Required, string> & Partial<Record<Optional, string>>;
}

/** What is wrong: the message and its type. */
type Kind = readonly [message: string, type: string];
/** What is wrong, and where. */
type Problem = readonly [kind: Kind, ...location: string[]];

const MISSING: Kind = ["field required", "value_error.missing"];

function problemOf(value: PyValue): Kind | undefined {
  if (value === null) return ["none is not an allowed value", "type_error.none.not_allowed"];
  return typeof value === "object" ? ["str type expected", "type_error.str"] : undefined;
}

async function readBody(exchange: Exchange): Promise<PyValue> {
  const bytes = await exchange.body();
  if (bytes.byteLength === 0) return null;
  // Without a content type, the body is read as JSON.
  const type = exchange.headers.get("content-type")?.replace(/;.*/, "").trim().toLowerCase();
  if (type !== undefined && !/^application\/(?:json|[^/]+\+json)$/.test(type)) return true;
  try {
    return parsePythonJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { reason, at, text } = error;
    const before = text.slice(0, at).split("\n");
    const [lineno, colno] = [before.length, before.at(-1)!.length + 1];
    const msg = `${reason}: line ${lineno} column ${colno} (char ${at})`;
    const ctx = { msg: reason, doc: text, pos: at, lineno, colno };
    const problem = { loc: ["body", at], msg, type: "value_error.jsondecode", ctx };
    throw new AnswerError(json({ detail: [problem] }, 422));
  }
}

function refuse(...problems: readonly Problem[]): AnswerError {
  const detail = problems.map(([[msg, type], ...loc]) => ({ loc, msg, type }));
  return new AnswerError(json({ detail }, 422));
}
