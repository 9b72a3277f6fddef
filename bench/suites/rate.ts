import { denoCommand } from "../harness/run_variant.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const LIBRARY = "this library";
const SECONDS = 15;

function steady(rate: number): Case {
  return { name: rate.toLocaleString("en"), args: [`${rate}`], seconds: SECONDS };
}

function variant(name: string, sender: string): Variant {
  const script = import.meta.resolve("../variants/rate.ts");
  return {
    name,
    command: ({ case: { args = [] }, quick }) =>
      denoCommand(script, ["--allow-net=127.0.0.1"], sender, quick ? "4" : `${SECONDS}`, ...args),
  };
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
      args: ["200", "50000"],
      seconds: SECONDS,
      variants: [LIBRARY],
    },
  ],
  variants: [variant(LIBRARY, "library"), variant("a request for each run", "each-run")],
  figures: [
    { key: "requests", title: "requests/s", digits: 1 },
    { key: "stored", title: "stored", unit: "%" },
    { key: "medianAge", title: "age, median", unit: "s", digits: 2 },
    { key: "maxAge", title: "at most", unit: "s", digits: 2 },
  ],
  reference: LIBRARY,
  // The cost is simulated, so rounds hardly differ.
  rounds: 1,
};
