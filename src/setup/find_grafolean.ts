import {
  backendUrlProblem,
  backendUrlWithApi,
  hostWithPort,
  normalizeBackendUrl,
} from "../grafolean/backend_url.ts";
import type { Connections } from "../grafolean/connections.ts";
import { isPermittedByDeno } from "../grafolean/deno_permission.ts";
import { probeGrafolean } from "../grafolean/wait_for_grafolean.ts";
import { ConfigError } from "../util/errors.ts";
import type { Project } from "./project.ts";
import type { Questions } from "./questions.ts";
import type { SetupFlags } from "./setup_flags.ts";

const TIMEOUT_MS = 10_000;

/** Returns the URL that the command line or the settings name, or else the user. */
export function chooseUrl(
  { url }: SetupFlags,
  questions: Questions,
  { backendUrl }: Project,
): string {
  const problemOf = (text: string): string | undefined => {
    const problem = backendUrlProblem(text);
    return problem && `Cannot use this URL of Grafolean as ${problem}`;
  };
  const known = url ?? (backendUrl && problemOf(backendUrl) === undefined ? backendUrl : undefined);
  const chosen = known ??
    questions.text("URL of Grafolean", { option: "--url", defaultValue: backendUrl, problemOf });
  const problem = problemOf(chosen);
  if (problem !== undefined) throw new ConfigError([problem]);
  // Where the password will go.
  if (known !== undefined) questions.tell(`Grafolean: ${known}`);
  return normalizeBackendUrl(chosen);
}

interface FindOptions {
  readonly connections: Connections;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Returns the URL at which Grafolean is ready, which may be the given one with `/api`.
 *
 * @throws {GrafoleanError} Why it is not ready.
 * @throws {ConfigError} If Deno does not permit the connection.
 */
export async function findGrafolean(
  url: string,
  project: Project,
  { connections, print, signal }: FindOptions,
): Promise<string> {
  const host = hostWithPort(url);
  if (isPermittedByDeno({ name: "net", host }) === false) {
    const old = project.backendUrl === undefined || backendUrlProblem(project.backendUrl)
      ? undefined
      : hostWithPort(project.backendUrl);
    const change = old === undefined || old === host
      ? `add "${host}" to`
      : `replace "${old}" by "${host}" in`;
    throw new ConfigError([
      `Deno may not connect to ${host}: ${change} every --allow-net of the tasks in deno.json, and run the setup again`,
    ]);
  }
  const options = { connections, timeoutMs: TIMEOUT_MS, signal };
  const { error, isForeign } = await probeGrafolean(url, options);
  if (error === undefined) return url;
  const withApi = isForeign ? backendUrlWithApi(url) : undefined;
  if (withApi === undefined || (await probeGrafolean(withApi, options)).error) throw error;
  print(`Grafolean is at ${withApi}`);
  return withApi;
}
