import { backendUrlHint } from "./backend_url.ts";
import type { GrafoleanAnswer } from "./request.ts";
import { WireError } from "./fields.ts";
import { readStatus, type WireStatus } from "./wire.ts";

/**
 * Says why a Grafolean that answers `GET /status/info` so is not ready, or `undefined` when it is.
 *
 * The bots of the reference library wait for the same: no migration needed, and a first user.
 */
export function notReadyReason(backendUrl: string, answer: GrafoleanAnswer): string | undefined {
  const { status, body, location = "nowhere" } = answer;
  const hint = backendUrlHint(backendUrl);
  if (status >= 300 && status < 400) {
    return `it redirects to ${location}: set the backend URL to where Grafolean really is`;
  }
  if (status === 500) return "it answers 500: its database cannot be reached";
  if (status > 500) return `a web server answers ${status}, but Grafolean behind it is not up`;
  if (/^\s*</.test(body)) return `a web page (${status}) is what answers there: ${hint}`;
  if (status < 200 || status > 299) return `it answers ${status}: ${hint}`;
  let info: WireStatus;
  try {
    info = readStatus(JSON.parse(body));
  } catch (error) {
    const what = error instanceof WireError ? error.message : "something that is not JSON";
    return `it answers ${what}: ${hint}`;
  }
  const page = backendUrl.replace(/\/api$/, "");
  if (info.db_migration_needed) {
    return `its database has to be created or upgraded: open ${page} in a browser`;
  }
  if (info.user_exists !== true) return `it has no user yet: create the admin user at ${page}`;
  return undefined;
}
