import { assert, assertEquals } from "@std/assert";
import { Collector, type JobContext, sendResultsToGrafolean } from "../../mod.ts";
import { waitForGrafolean } from "../../src/grafolean/wait_for_grafolean.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

// That nothing is left open is what the sanitizers of the test runner find out.

class DemoBot extends Collector {
  override jobs() {
    return [{ jobId: "1", intervals: [60], jobParams: this, performJob }];
  }

  readable() {
    return this.fetchAccounts();
  }
}

async function performJob(_: readonly number[], bot: DemoBot, { sendResults }: JobContext) {
  const [account] = await bot.readable();
  await sendResults(account!.id, { "demo.answer": 42 });
}

Deno.test("Collector closes its connections at the end, and opens new ones when it runs again", async () => {
  const sandbox = new Sandbox();
  const { token } = sandbox.addBot({ protocol: "demo", account: sandbox.addAccount() });
  await using server = await sandbox.listen();
  const collector = new DemoBot(server.url, token, 120, { logSink: () => {} });
  assertEquals((await collector.runOnce()).sent, 1);
  assertEquals((await collector.runOnce()).sent, 1);
});

Deno.test("Collector closes what it opened outside of a run when it is disposed of", async () => {
  const sandbox = new Sandbox();
  const { token } = sandbox.addBot({ protocol: "demo", account: sandbox.addAccount() });
  await using server = await sandbox.listen();
  await using collector = new DemoBot(server.url, token, 120, { logSink: () => {} });
  assertEquals((await collector.readable()).length, 1);
});

Deno.test("sendResultsToGrafolean and waitForGrafolean close their connections", async () => {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const { token } = sandbox.addBot({ protocol: "demo", account });
  await using server = await sandbox.listen();
  await waitForGrafolean(server.url, { problems: new ProblemLog(createLogger(() => {})) });
  const { sent } = await sendResultsToGrafolean(server.url, token, account.id, { "demo.x": 1 });
  assertEquals(sent, 1);
  const wrong = sendResultsToGrafolean(server.url, "wrong", account.id, { "demo.x": 1 });
  assert(await wrong.catch((error) => error) instanceof Error);
});
