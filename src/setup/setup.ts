import type { BotClass } from "../bot/create_bot.ts";
import { isObject } from "../grafolean/fields.ts";
import { Connections } from "../grafolean/connections.ts";
import { describeError } from "../util/describe_error.ts";
import { ConfigError, GrafoleanError } from "../util/errors.ts";
import type { LogSink } from "../util/log.ts";
import { CancelledError, type Prompt } from "../util/prompt.ts";
import { chooseAccount } from "./choose_account.ts";
import { SetupError } from "./context.ts";
import { chooseCredential, type ChosenCredential, ensureCredential } from "./credential.ts";
import { ensureCharts, findDashboard } from "./dashboard.ts";
import type { SetupDefinition } from "./definition.ts";
import { chooseDevice, type ChosenDevice, ensureDevice } from "./device.ts";
import { ensureBot, ensureToken, findBot } from "./bot.ts";
import { chooseUrl, findGrafolean } from "./find_grafolean.ts";
import { showFirstValue } from "./first_value.ts";
import { logIn } from "./log_in.ts";
import { checkRights, findMissingPermissions, grantPermissions } from "./permissions.ts";
import { Project } from "./project.ts";
import { Questions } from "./questions.ts";
import { readBotProfile, readPermissions } from "./records.ts";
import { Report } from "./report.ts";
import { ensureSensors, findSensors } from "./sensors.ts";
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
  const isOfSystem = error instanceof Error && "code" in error;
  const isExpected = isOfSystem || error instanceof SetupError || error instanceof GrafoleanError;
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
  const isDeviceChanged = added.length > 0 || device.settings?.bot !== found?.id ||
    Object.keys(device.details).length > 0;
  checkRights(context, [
    ...(found === undefined ? ["POST bots"] : []),
    ...(credential.record === undefined ? ["POST credentials"] : []),
    ...(added.some(({ record }) => record === undefined) ? ["POST sensors"] : []),
    ...(foundSensors.intervals.size > 0 ? ["PUT sensors"] : []),
    ...(device.entity === undefined ? ["POST entities"] : isDeviceChanged ? ["PUT entities"] : []),
    ...(dashboard.exists ? [] : ["POST dashboards"]),
  ], { permissions, isTokenKnown: owner !== undefined });

  // … then everything that is written.
  const bot = await ensureBot(context, found);
  await grantPermissions(context, bot, permissions);
  const token = await ensureToken(context, project, bot, owner !== undefined);
  const credentialId = await ensureCredential(context, credential);
  const sensors = await ensureSensors(context, device, foundSensors);
  const polling = { bot, credential: credentialId, sensors: sensors.added };
  const deviceId = await ensureDevice(context, device, polling);
  const ids = { device: deviceId, sensors: sensors.ids };
  const charts = await ensureCharts(context, dashboard, device.name, ids);
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
  const isOfCredential = (name: string): boolean =>
    isObject(credential.record?.details) && Object.hasOwn(credential.record.details, name);
  throw new ConfigError(
    unused.map(([name]) =>
      isOfCredential(name)
        ? `--detail ${name} is not used, as the credential "${credential.name}" exists: to enter it again, delete it in ` +
          "Grafolean first"
        : `--detail ${name} is not used, as the device "${device.name}" exists: to change it, name it with --device`
    ),
  );
}
