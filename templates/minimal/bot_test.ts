import { runJob, Sandbox } from "@grafolean/collector/testing";
import { assertEquals } from "@std/assert";
import { MinimalBot, pollDevice, PROTOCOL } from "./bot.ts";

Deno.test("MinimalBot sends a value for each sensor of its devices", async () => {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: PROTOCOL, account });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL });
  const sensors = [60, 300].map((defaultInterval) =>
    sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval })
  );
  const device = sandbox.addEntity(account, {
    name: "kitchen",
    details: { ipv4: "127.0.0.1" },
    protocols: { [PROTOCOL]: { credential, bot, sensors } },
  });

  await using collector = new MinimalBot(
    "http://sandbox/api",
    bot.token,
    120,
    { fetch: sandbox.fetch },
  );
  await collector.runOnce();

  assertEquals(
    Object.fromEntries(sandbox.values(account).map(({ p, v }) => [p, v])),
    Object.fromEntries(
      sensors.map(({ id }) => [`entity.${device.id}.${PROTOCOL}.${id}`, 42]),
    ),
  );
});

Deno.test("pollDevice polls only the sensors that are due", async () => {
  const { values, error } = await runJob(pollDevice, {
    affectingIntervals: [60],
    jobParams: {
      accountId: 1,
      entityId: 2,
      name: "kitchen",
      entityType: "device",
      parent: null,
      details: { ipv4: "127.0.0.1" },
      credentialName: "none",
      credentialDetails: {},
      sensors: [
        { sensorId: 3, name: "fast", interval: 60, sensorDetails: {} },
        { sensorId: 4, name: "slow", interval: 300, sensorDetails: {} },
      ],
    },
  });
  assertEquals(error, undefined);
  assertEquals(values, [{ accountId: 1, p: `entity.2.${PROTOCOL}.3`, v: 42 }]);
});
