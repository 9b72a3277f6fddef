import { assert, assertEquals } from "@std/assert";
import { BotStateReader } from "../../../src/status/metrics/bot_state.ts";
import { TestBot } from "../../collector/collector_kit.ts";
import { FakeTurns } from "../../turns.ts";
import { runningBot } from "./running_bot.ts";

/** A bot whose problems take a millisecond each to look at. */
class SlowBot extends TestBot {
  constructor(turns: FakeTurns) {
    super({ jobs: () => [] });
    this.raise("a", "Odd", { kind: "odd things" });
    const [problem] = this.problems.open();
    this.problems.open = () =>
      Array.from({ length: 100 }, () => ({
        ...problem!,
        get message() {
          turns.work(1);
          return "Odd";
        },
      }));
  }
}

Deno.test("BotStateReader does not hold the event loop, however many problems there are", async () => {
  using turns = new FakeTurns();
  using reader = new BotStateReader(runningBot(new SlowBot(turns)));
  turns.longest();
  const { problems } = await reader.read();
  assertEquals([...problems], [["odd things", 100]]);
  const longest = turns.longest();
  assert(longest <= 5, `${longest} ms`);
});
