import { Sandbox } from "@grafolean/collector/testing";

const parent = self as unknown as Worker;

parent.onmessage = async ({ data: devices }: MessageEvent<number>) => {
  const sandbox = new Sandbox({ cost: { perRequest: 0.03, perValue: 0.0004 } });
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "demo", account });
  const credential = sandbox.addCredential(account, { protocol: "demo" });
  const sensors = [60, 300].map((defaultInterval) =>
    sandbox.addSensor(account, { protocol: "demo", defaultInterval })
  );
  for (let n = 0; n < devices; n++) {
    sandbox.addEntity(account, {
      name: `device ${n}`,
      details: { ipv4: `10.0.${n >> 8}.${n & 255}` },
      protocols: { demo: { credential, bot, sensors } },
    });
  }
  const { url } = await sandbox.listen();
  parent.postMessage({ url, token: bot.token });
};
