// Uses every tool of the toolkit, on Deno, Node or Bun, and prints what they return as JSON.

// deno-lint-ignore-file no-console

import { CounterRate, KeyedPool, ProblemLog, TopN } from "@grafolean/collector/toolkit";

const rates = new CounterRate();
rates.read("eth0", 1000n, 0);
const { perSecond } = rates.read("eth0", 7000n, 60);

const bytes = new TopN<string>(10);
bytes.add("10.0.0.1", 40);
bytes.add("10.0.0.2", 1500);

const closed: string[] = [];
const pool = new KeyedPool({
  open: (address: string) => address,
  close: (address) => void closed.push(address),
});
const address = await pool.use("router", "10.0.0.1", (session) => session);
await pool[Symbol.asyncDispose]();

const lines: string[] = [];
const write = (line: string): void => void lines.push(line);
const problems = new ProblemLog({ debug: () => {}, info: write, warn: write, error: write });
problems.raise("router", "no answer");
problems.raise("router", "no answer");

console.log(JSON.stringify([perSecond, bytes.top(1), address, closed, lines]));
