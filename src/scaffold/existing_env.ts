import { parse } from "@std/dotenv/parse";
import { backendUrlProblem, normalizeBackendUrl } from "../grafolean/backend_url.ts";

/** The valid URL of Grafolean in an existing `.env`; empty if there is none. */
export function backendUrlIn(env: string): string {
  let url: string;
  try {
    url = parse(env)["BACKEND_URL"] ?? "";
  } catch {
    return ""; // The bot reports it, with what to do.
  }
  return backendUrlProblem(url) === undefined ? normalizeBackendUrl(url) : "";
}

/** What a rendered `.env` has and an existing one does not mention: the settings of a later version. */
export function newSettings(rendered: string, existing: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const part of rendered.split("\n\n")) {
    const name = namesIn(part)[0];
    if (name !== undefined) settings.set(name, `\n${part.trimEnd()}\n`);
  }
  for (const name of namesIn(existing)) settings.delete(name);
  return settings;
}

/** The settings that a `.env` sets or, commented out, suggests. */
function namesIn(env: string): string[] {
  return [...env.matchAll(/^[#\s]*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)].map(([, name]) => name!);
}
