// A sandbox with devices of the protocol "demo" in one account; prints its URL and the token of the bot.
//
// Arguments: DEVICES SECONDS_PER_REQUEST

// deno-lint-ignore-file no-console

import { Sandbox } from "../../src/testing/mod.ts";

const SENSORS = 5;

const [devices, perRequest] = Deno.args.map(Number);
const sandbox = new Sandbox({ cost: { perRequest: perRequest! } });
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "demo", account });
const credential = sandbox.addCredential(account, { protocol: "demo" });
const sensors = Array.from(
  { length: SENSORS },
  () => sandbox.addSensor(account, { protocol: "demo", defaultInterval: 3600 }),
);
for (let n = 0; n < devices!; n++) {
  sandbox.addEntity(account, {
    name: `device ${n}`,
    details: { ipv4: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` },
    protocols: { demo: { credential, bot, sensors } },
  });
}
const { url } = await sandbox.listen();
console.log(url, bot.token);
