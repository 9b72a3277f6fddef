import { delay } from "@std/async/delay";
import type { AccountContext } from "./context.ts";
import type { SetupChart } from "./definition.ts";
import { readNewestValues, readPaths, type ValueRecord } from "./records.ts";
import { runBotOnce, type RunBotOptions } from "./run_bot_once.ts";
import { isServerError } from "./session.ts";

// Of a device with hundreds of interfaces a few show that values arrive.
const MAX_PATHS = 100;

const WAIT_MS = 60_000;
const POLL_MS = 1000;

/**
 * Shows the newest value of the device. If there is none, or something was created, it runs the bot and waits for one.
 *
 * @param charts The charts of the device, whose paths are among those to wait for.
 * @returns Whether there is one, or could not be yet; if not, it has printed why and what to do.
 */
export async function showFirstValue(
  context: AccountContext,
  charts: readonly SetupChart[],
  bot: RunBotOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const { definition: { protocol, sensors }, report } = context;
  const { device, signal } = bot;
  const declared = charts.flatMap(({ series }) => series.map(({ path }) => path));
  const filters = [...new Set([`entity.${device.id}.${protocol}.*`, ...declared])];
  const before = await newestValue(context, filters);
  if (before !== undefined && report.changes === 0) {
    const when = new Date(before.time * 1000).toISOString().slice(0, 19).replace("T", " ");
    print(
      `Nothing was missing. The newest value of "${device.name}" is ${
        describeValue(before)
      }, of ${when} UTC`,
    );
    print("To add another device: deno task setup --device NAME");
    return true;
  }
  if (sensors.length > 0 && sensors.every(({ interval }) => interval === null)) {
    print(
      `Start the bot with "deno task start": values arrive as soon as "${device.name}" sends data to it`,
    );
    return true;
  }
  print("Running the bot once…");
  const { sent, problems } = await runBotOnce(bot);
  // Compares the times of Grafolean, as the clock of this machine may be another.
  const isNew = (value: ValueRecord) => before === undefined || value.time > before.time;
  const end = performance.now() + (sent > 0 ? WAIT_MS : 0);
  let value = await newestValue(context, filters);
  while ((value === undefined || !isNew(value)) && performance.now() < end) {
    await delay(POLL_MS, { signal });
    value = await newestValue(context, filters);
  }
  if (value !== undefined && isNew(value)) {
    const first = describeValue(value);
    print(
      problems.length === 0
        ? `The first value of "${device.name}" has arrived: ${first}`
        // It may be the 0 of a device that does not answer.
        : `All is set up, but polling "${device.name}" had a problem (see above); its first value is ${first}. ` +
          'Solve it, then try "deno task dry-run"',
    );
    return true;
  }
  const reason = problems.at(-1) ?? "its job has reported no problem, but sent nothing";
  print(
    sent > 0 && problems.length === 0
      ? `No value of "${device.name}" has arrived within a minute at ${
        filters.join(", ")
      }, although the bot has sent ${sent} values: compare the paths in setup.ts with those that "deno task dry-run" prints`
      : `The bot has sent no value of "${device.name}": ${reason}. Once that is solved, see the first value with ` +
        "deno task setup",
  );
  return false;
}

function describeValue({ path, value }: ValueRecord): string {
  return `${value} at ${path}`;
}

/**
 * Reads the newest value of the paths that match filters.
 *
 * @returns `undefined` if there is none.
 */
async function newestValue(
  { session, path }: AccountContext,
  filters: readonly string[],
): Promise<ValueRecord | undefined> {
  const query = `filter=${encodeURIComponent(filters.join(","))}&limit=${MAX_PATHS}`;
  const paths = [...new Set(await session.get(`${path}/paths?${query}`, readPaths))];
  if (paths.length === 0) return undefined;
  try {
    const request = { p: paths.join(","), sort: "desc", limit: 1 };
    const values = await session.query(`${path}/getvalues`, request, readNewestValues);
    return values.toSorted((a, b) => b.time - a.time)[0];
  } catch (error) {
    // A path without a value.
    if (isServerError(error)) return undefined;
    throw error;
  }
}
