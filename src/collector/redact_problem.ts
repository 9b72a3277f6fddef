import type { Problem } from "../util/problem.ts";

/** Redacts a problem. Returns the same object if there is nothing to redact. */
export function redactProblem(problem: Problem, redact: (text: string) => string): Problem {
  const { key, scope = "", kind, message } = problem;
  // Hardly any has the token in it, and one search is faster than four. A token may be cut off before a quote.
  const all = `${key}"${scope}"${kind}"${message}`;
  if (redact(all) === all) return problem;
  return {
    ...problem,
    key: redact(key),
    ...(scope === "" ? {} : { scope: redact(scope) }),
    kind: redact(kind),
    message: redact(message),
  };
}
