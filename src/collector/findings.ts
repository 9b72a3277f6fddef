import type { DeviceSource } from "../discovery/device_source.ts";
import type { AccountSurvey } from "../discovery/protocol_devices.ts";
import type { Decision } from "../discovery/resolve_entity.ts";
import type { GrafoleanClient } from "../grafolean/client.ts";
import { getProfile, listBots, listPermissions } from "../grafolean/routes.ts";
import type { WirePermission, WireProfile } from "../grafolean/wire.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { ProblemLog } from "../util/problem_log.ts";

/** What is known about the devices of a bot and its jobs. */
export interface Findings {
  /** Whose token it is. */
  readonly profile: WireProfile;
  /** The permissions of the bot; `undefined` if they cannot be read. */
  readonly permissions: readonly WirePermission[] | undefined;
  /** The names of other bots by id, as far as this one may read them. */
  readonly botNames: ReadonlyMap<number, string>;
  /** The protocols whose devices `jobs()` has fetched. */
  readonly protocols: readonly string[];
  /** What was found in each account for each of them. */
  readonly surveys: readonly AccountSurvey[];
  /** What `jobs()` has returned. */
  readonly jobs: readonly unknown[];
  /** Whether to explain an entity. */
  readonly isChosen: (decision: Decision) => boolean;
  /** What the bot has reported. */
  readonly problems: readonly string[];
  /** A sentence for each chosen device that was not found. */
  readonly unknownDevices: readonly string[];
  /** The time, in UNIX seconds. */
  readonly now: number;
}

// What is known of accounts and devices themselves.
const DISCOVERY_KINDS: ReadonlySet<string> = new Set([
  "unreadable accounts",
  "problems of devices",
]);

interface Sources {
  readonly client: GrafoleanClient;
  /** The devices as `jobs()` has fetched them. */
  readonly devices: DeviceSource;
  readonly problems: ProblemLog;
  /** What `jobs()` has returned. */
  readonly jobs: readonly unknown[];
  /** Hides the token. */
  readonly redact: (text: string) => string;
  /** Cancels the requests. */
  readonly stop: AbortSignal;
}

/** Asks Grafolean for what the devices do not tell: the permissions of the bot, and the names of others. */
export async function collectFindings(
  { client, devices, problems, jobs, redact, stop }: Sources,
): Promise<Findings> {
  const { protocols, surveys, unknownDevices } = devices;
  const ifPermitted = (error: unknown): undefined => {
    if (!(error instanceof GrafoleanError)) throw error;
  };
  const owners = surveys.filter(({ decisions }) =>
    decisions.some(({ leftOut }) => leftOut?.otherBot)
  ).map(({ id }) => id);
  const botNames = new Map<number, string>();
  for (const account of owners.length === 0 ? [] : [undefined, ...new Set(owners)]) {
    const bots = await listBots(client, account, stop).catch(ifPermitted) ?? [];
    for (const { id, name } of bots) botNames.set(id, name);
  }
  return {
    profile: await getProfile(client, stop),
    permissions: await listPermissions(client, stop).catch(ifPermitted),
    botNames,
    protocols,
    surveys,
    jobs,
    isChosen: (decision) => devices.isSelected(decision),
    problems: problems.open().filter(({ kind }) => !DISCOVERY_KINDS.has(kind))
      .map(({ message }) => redact(message)),
    unknownDevices,
    now: Date.now() / 1000,
  };
}
