import { delay } from "@std/async/delay";
import { Sandbox } from "../src/testing/mod.ts";
import { SendingBot } from "./sending_bot.ts";

/** How a backlog was delivered while fresh values came in. */
export interface Drain {
  /** How long that took, in seconds. */
  readonly seconds: number;
  /** The number of fresh values meanwhile. */
  readonly fresh: number;
  /** How old the fresh values were when they were stored, in seconds. */
  readonly age: { readonly p50: number; readonly p99: number; readonly max: number };
}

// As measured on a real backend.
const COST = { perRequest: 0.03, perValue: 0.0004 };
const PER_CALL = 20;
const PERIOD_MS = 100;

/** Delivers a backlog to a sandbox at the cost of a real backend, while 200 values a second come in. */
export async function drain(backlog: number): Promise<Drain> {
  const sandbox = new Sandbox({ cost: COST });
  const account = sandbox.addAccount();
  const { token } = sandbox.addBot({ protocol: "x", account });
  await using server = await sandbox.listen();
  const handedOver = new Map<number, number>();
  const ages: number[] = [];
  let old = 0;
  sandbox.onValues((values) => {
    const now = performance.now();
    for (const { p, v } of values) {
      if (p.startsWith("old.")) old++;
      const since = p.startsWith("fresh.") ? handedOver.get(v) : undefined;
      if (since !== undefined) ages.push((now - since) / 1000);
    }
  });

  const bot = new SendingBot(server.url, token);
  bot.accountId = account.id;
  const start = performance.now();
  let seconds = 0;
  bot.work = async (send) => {
    await send(Array.from({ length: backlog }, (_, n) => ({ p: `old.${n}`, v: n })));
    for (let call = 0; old < backlog; call++) {
      const late = start + call * PERIOD_MS - performance.now();
      if (late > 0) await delay(late);
      const values = Array.from({ length: PER_CALL }, (_, n) => ({
        p: `fresh.${n}`,
        v: call * PER_CALL + n,
      }));
      for (const { v } of values) handedOver.set(v, performance.now());
      await send(values);
    }
    seconds = (performance.now() - start) / 1000;
  };
  await bot.runOnce();
  ages.sort((a, b) => a - b);
  const quantile = (q: number) => ages[Math.floor(q * (ages.length - 1))] ?? 0;
  return {
    seconds,
    fresh: handedOver.size,
    age: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
  };
}
