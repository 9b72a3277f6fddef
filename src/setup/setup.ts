import type { BotClass } from "../bot/create_bot.ts";
import { isObject } from "../grafolean/fields.ts";
import { Connections } from "../grafolean/connections.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import type { LogSink } from "../util/log.ts";
import { CancelledError, type Prompt } from "../util/prompt.ts";
import { chooseAccount } from "./choose_account.ts";
import { type AccountContext, SetupError } from "./context.ts";
import { chooseCredential, type ChosenCredential, ensureCredential } from "./credential.ts";
import { ensureDashboard, findDashboard } from "./dashboard.ts";
import type { SetupChart, SetupDefinition, SetupIds } from "./definition.ts";
import { chooseDevice, type ChosenDevice, ensureDevice } from "./device.ts";
import { botPath, ensureBot, findBot } from "./find_bot.ts";
import { chooseUrl, findGrafolean } from "./find_grafolean.ts";
import { showFirstValue } from "./first_value.ts";
import { logIn } from "./log_in.ts";
import { checkRights, findMissingPermissions, grantPermissions } from "./permissions.ts";
import { Project } from "./project.ts";
import { Questions } from "./questions.ts";
import { type BotRecord, readBotProfile, readPermissions, readToken } from "./records.ts";
import { PLANNED, Report } from "./report.ts";
import { ensureSensors, findSensors, NO_SENSOR } from "./sensors.ts";
import { parseSetupFlags, type SetupFlags, setupHelp } from "./setup_flags.ts";
import { validateDefinition } from "./validate_definition.ts";

/** What a setup takes from its process, so that tests can stand in for it. */
export interface SetupIo {
  /** The command-line arguments. */
  readonly args: readonly string[];
  /** The environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The path of the `.env` file. */
  readonly envFile: string;
  /** Asks the user; `undefined` without a terminal. */
  readonly prompt: Prompt | undefined;
  /** Reads the next line of standard input; `undefined` at its end. */
  readonly readLine: () => Promise<string | undefined>;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Writes a line to standard error. */
  readonly printError: (line: string) => void;
  /** Receives the log of the bot. */
  readonly sink: LogSink;
  /** Aborts with a {@linkcode CancelledError} when the user cancels. */
  readonly signal: AbortSignal;
}

/**
 * Creates in Grafolean what a bot needs and is missing, runs the bot and shows its first value.
 *
 * @returns The exit code.
 */
export async function setup(
  BotClass: BotClass,
  definition: SetupDefinition,
  io: SetupIo,
): Promise<number> {
  let report: Report | undefined;
  try {
    const flags = parseSetupFlags(io.args, definition);
    if (flags.help) {
      io.print(setupHelp(definition));
      return 0;
    }
    validateDefinition(definition);
    report = new Report(io.print, flags.dryRun);
    using connections = new Connections();
    return await run({ BotClass, definition, flags, report, connections, io });
  } catch (error) {
    const isCancelled = error instanceof CancelledError;
    for (const line of explain(error)) io.printError(line);
    if (report !== undefined && !report.isDryRun) {
      io.printError(report.remains);
    }
    return isCancelled ? 130 : error instanceof ConfigError ? 2 : 1;
  }
}

function explain(error: unknown): readonly string[] {
  if (error instanceof CancelledError) return ["\nCancelled"];
  if (error instanceof ConfigError) return error.problems.map((problem) => `error: ${problem}`);
  // A place in the source helps nobody against a full disk.
  const isExpected = [SetupError, GrafoleanError, ...Object.values(Deno.errors)]
    .some((Expected) => error instanceof Expected);
  return [`error: ${isExpected ? (error as Error).message : describeError(error)}`];
}

interface Run {
  readonly BotClass: BotClass;
  readonly definition: SetupDefinition;
  readonly flags: SetupFlags;
  readonly report: Report;
  readonly connections: Connections;
  readonly io: SetupIo;
}

async function run({ BotClass, definition, flags, report, connections, io }: Run): Promise<number> {
  const { env, envFile, print, sink, signal } = io;
  const questions = new Questions(flags.yes ? undefined : io.prompt, io.readLine);
  const project = await Project.read(env, envFile);
  const url = chooseUrl(flags, questions, project);
  const backendUrl = await findGrafolean(url, project, { connections, print, signal });
  const session = await logIn({ backendUrl, flags, questions, connections, signal });
  const owner = project.token === undefined
    ? undefined
    : await session.getAsBot(project.token, "/profile", readBotProfile);
  project.check(backendUrl, owner !== undefined);

  const rights = await session.get("/profile/permissions", readPermissions);
  const shared = { definition, flags, session, rights, questions, report };

  // First everything that may be a question or a reason to stop …
  const context = await chooseAccount(shared, owner);
  const found = await findBot(context, owner);
  const permissions = await findMissingPermissions(context, found, owner && project.token);
  const dashboard = await findDashboard(context);
  const device = await chooseDevice(context, found, dashboard);
  const credential = await chooseCredential(context, device);
  const foundSensors = await findSensors(context, device);
  checkDetails(flags, device, credential);
  const added = foundSensors.declared.filter(({ isAdded }) => isAdded);
  const isDeviceChanged = added.length > 0 || device.settings?.bot !== found?.id;
  checkRights(context, [
    ...(found === undefined ? ["POST bots"] : []),
    ...(credential.record === undefined ? ["POST credentials"] : []),
    ...(added.some(({ record }) => record === undefined) ? ["POST sensors"] : []),
    ...(device.entity === undefined ? ["POST entities"] : isDeviceChanged ? ["PUT entities"] : []),
    ...(dashboard.exists ? [] : ["POST dashboards"]),
  ], { permissions, isTokenKnown: owner !== undefined });

  // … then everything that is written.
  const bot = await ensureBot(context, found);
  await grantPermissions(context, bot, permissions);
  const token = await storeToken(context, project, bot, owner !== undefined);
  const credentialId = await ensureCredential(context, credential);
  const sensors = await ensureSensors(context, device, foundSensors);
  const polling = { bot, credential: credentialId, sensors: sensors.added };
  const deviceId = await ensureDevice(context, device, polling);
  const charts = chartsOf(definition, { device: deviceId, sensors: sensors.ids });
  await ensureDashboard(context, dashboard, device.name, charts);
  if (flags.dryRun) {
    print(report.changes === 0 ? "\nNothing is missing" : "\nNothing was created (--dry-run)");
    return 0;
  }
  const grafolean = backendUrl.replace(/\/api$/, "");
  const link = `${grafolean}/accounts/${context.account.id}/dashboards/view/${dashboard.slug}`;
  print("");
  const polled = { id: deviceId, name: device.name };
  const run = { BotClass, backendUrl, token: token!, device: polled, sink, signal };
  const hasValue = await showFirstValue(context, charts, run, print);
  print(`Dashboard: ${link}`);
  return hasValue ? 0 : 1;
}

/** Refuses details for what exists, which keeps its own. */
function checkDetails(
  { details }: SetupFlags,
  device: ChosenDevice,
  credential: ChosenCredential,
): void {
  const entered = { ...credential.details, ...device.details };
  const kept = [credential.record?.details, device.entity?.details];
  const unused = [...details].filter(([name, value]) =>
    !Object.hasOwn(entered, name) &&
    !kept.some((existing) => isObject(existing) && `${existing[name]}` === value)
  );
  if (unused.length === 0) return;
  throw new ConfigError(
    unused.map(([name]) =>
      `--detail ${name} is not used, as the device "${device.name}" and its credential "${credential.name}" keep their ` +
      "details: leave it out"
    ),
  );
}

/** Returns the charts of a device, without those of sensors that it does not have. */
function chartsOf(definition: SetupDefinition, ids: SetupIds): readonly SetupChart[] {
  return definition.charts(ids).filter(({ series }) =>
    series.every(({ path }) => !path.split(".").includes(`${NO_SENSOR}`))
  );
}

/** Makes sure that `.env` has the URL and the token. Returns the token; `undefined` in a dry run without a bot. */
async function storeToken(
  context: AccountContext,
  project: Project,
  bot: BotRecord,
  isTokenKnown: boolean,
): Promise<string | undefined> {
  const { session, report } = context;
  const token = isTokenKnown
    ? project.token
    : bot.id === PLANNED
    ? undefined
    : await session.get(`${botPath(context, bot)}/token`, readToken);
  const missing = project.missing(session.backendUrl, token);
  if (missing.length === 0) {
    report.exists("token of the bot");
    return token;
  }
  await report.change(
    `.env: ${missing.join(" and ")}`,
    () => project.store(session.backendUrl, token!),
  );
  if (report.isDryRun) return token;
  // Checks the token, and without a request with it, Grafolean's page of the bot would be blank.
  const profile = token && await session.getAsBot(token, "/profile", readBotProfile);
  if (profile === undefined) {
    throw new SetupError(
      `Grafolean does not know the token of the bot "${bot.name}": run the setup again`,
    );
  }
  return token;
}
