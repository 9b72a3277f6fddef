// A program that keeps values in an outbox file and can be killed. It does what the lines of its standard input say and
// answers each with a line of JSON.

// It talks to the test that started it.
// deno-lint-ignore-file no-console

import { openJournal } from "../../../src/delivery/store/open_journal.ts";
import { WaitingValues } from "../../../src/delivery/store/waiting_values.ts";
import { createLogger } from "../../../src/util/log.ts";
import { ProblemLog } from "../../../src/util/problem_log.ts";
import { TextLineStream } from "./text_line_stream.ts";
import { values } from "./values.ts";

const waiting = new WaitingValues();
const lines: string[] = [];
const log = createLogger(({ message }) => void lines.push(message));
const problems = new ProblemLog(log);
const journal = openJournal(Deno.args[0]!, waiting, { problems, log, onRestored: () => {} });

const report = (): void =>
  console.log(JSON.stringify({
    durable: journal.durable,
    values: waiting.values,
    open: problems.open().map(({ message }) => message),
    lines,
  }));

/** Adds and removes values until it is killed, and reports after each commit which ones are in the file. */
function churn(): void {
  const range = { first: 0, end: 0 };
  const commit = (): void => {
    journal.commit();
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(range)}\n`));
  };
  for (;;) {
    waiting.add(1, values(range.end, 1700));
    range.end += 1700;
    commit();
    const all = [...waiting.rows()].flatMap((row) => row.values);
    waiting.remove(all.slice(0, 1650));
    range.first += Math.min(all.length, 1650);
    commit();
  }
}

report();
for await (const line of Deno.stdin.readable.pipeThrough(new TextLineStream())) {
  const [command, count = "0"] = line.split(" ");
  if (command === "add") {
    waiting.add(1, values(waiting.values, Number(count)));
    journal.commit();
  } else if (command === "remove") {
    waiting.remove([...waiting.rows()].flatMap((row) => row.values).slice(0, Number(count)));
    journal.commit();
  }
  if (command === "churn") churn();
  report();
}
journal[Symbol.dispose]();
