// A bot with 500 jobs through a simulated day with faults, on a clock that goes faster. See CONTRIBUTING.md.
//
//   deno task soak [--hours 24] [--speed 72]

// deno-lint-ignore-file no-console

import { parseArgs } from "@std/cli/parse-args";
import { Script } from "./script.ts";

/** A day in 20 minutes. A request has 10 s to be answered, so 0.14 s here. */
const SPEED = 72;

const flags = parseArgs(Deno.args, { string: ["hours", "speed"], unknown: usage });
const [hours, speed] = [Number(flags.hours ?? 24), Number(flags.speed ?? SPEED)];
// In less than an hour, a refresh finds no time between two faults.
if (!(hours >= 1) || !(speed >= 1)) usage();
// Relative, as faketime takes all local times for winter time.
const offset = ((new Script(hours).start - Date.now()) / 1000).toFixed(3);
const command = new Deno.Command("faketime", {
  args: [
    "-m",
    "-f",
    `${offset.replace(/^(?!-)/, "+")} x${speed}`,
    Deno.execPath(),
    "run",
    // For LD_PRELOAD, /proc and /dev/shm Deno wants all permissions.
    "--allow-all",
    new URL("soak.ts", import.meta.url).pathname,
    `${hours}`,
  ],
  env: { TZ: "Europe/Ljubljana" },
});
try {
  const minutes = (hours * 60 / speed).toFixed(1);
  console.log(`${hours} h at ${speed} times the speed, ${minutes} minutes in all`);
  // Interrupted, the others print why they end.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.exitCode = (await command.spawn().status).code;
  Deno.exit();
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  console.error("The soak needs the program faketime: apt-get install faketime");
  Deno.exit(2);
}

function usage(): never {
  console.error(
    "Usage: deno task soak [--hours AT LEAST 1] [--speed HOW MUCH FASTER THAN REAL TIME]",
  );
  Deno.exit(2);
}
