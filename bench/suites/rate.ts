import { denoCommand } from "../harness/processes.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const LIBRARY = "this library";
const SECONDS = 10;

function steady(rate: number): Case {
  return {
    name: rate.toLocaleString("en"),
    args: [`${SECONDS}`, `${rate}`],
    seconds: SECONDS,
    // The cost is simulated, so rounds hardly differ.
    rounds: 1,
  };
}

function variant(name: string, sender: string): Variant {
  return { name, command: denoCommand("variants/rate.ts", ["--allow-net=127.0.0.1"], sender) };
}

/** How old values are when they are stored. */
export const rate: Suite = {
  name: "rate",
  title: "Values per second and account",
  about: "Jobs of 5 values every 10 s, in one account of a sandbox with the cost of a real " +
    "backend: one request at a time, 30 ms for each and 0.4 ms for each value. The age of a " +
    "value is the time from its job to its storage; `stored` leaves out the last 3 s. The Python " +
    "library sends a request for each run of a job, as the other variant does.",
  headings: ["values/s", "sent by"],
  cases: [
    steady(250),
    steady(1_000),
    steady(2_000),
    {
      name: "200, while 50,000 older ones wait",
      args: [`${SECONDS}`, "200", "50000"],
      seconds: SECONDS,
      rounds: 1,
      variants: [LIBRARY],
    },
  ],
  quickArgs: ["4", "250"],
  variants: [variant(LIBRARY, "library"), variant("a request for each run", "each-run")],
  figures: [
    { key: "requests", title: "requests/s" },
    { key: "stored", title: "stored", unit: "%" },
    { key: "medianAge", title: "age, median", unit: "s" },
    { key: "maxAge", title: "at most", unit: "s" },
  ],
  reference: LIBRARY,
};
