import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../bot/run_bot_program.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Receives the JSON that OpenTelemetry exports. */
function listenForTelemetry() {
  const exported: Record<string, string> = {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const what = new URL(request.url).pathname.split("/").at(-1) ?? "";
    exported[what] = (exported[what] ?? "") + await request.text();
    return Response.json({});
  });
  return {
    exported,
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Runs a bot once with the telemetry of Deno enabled. */
async function runTraced(env: Record<string, string>) {
  await using collector = listenForTelemetry();
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: "named", account });
  const credential = sandbox.addCredential(account, { protocol: "named" });
  const sensor = sandbox.addSensor(account, { protocol: "named", defaultInterval: 60 });
  sandbox.addEntity(account, {
    name: "traced",
    protocols: { named: { credential, bot, sensors: [sensor] } },
  });
  await using server = await sandbox.listen();
  const dir = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-read=.env",
        `--config=${CONFIG}`,
        PROGRAM,
        "--once",
      ],
      cwd: dir,
      env: {
        NO_COLOR: "1",
        LOG_LEVEL: "debug",
        BACKEND_URL: server.url,
        BOT_TOKEN: bot.token,
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        ...env,
      },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const output = decoder.decode(stdout) + decoder.decode(stderr);
    const all = output + JSON.stringify(collector.exported);
    assert(!all.toLowerCase().includes(bot.token.slice(0, 13)), all);
    return { code, output, exported: collector.exported, sent: sandbox.values(account).length };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("runBot refuses to start if Deno would write its token into traces", async () => {
  const { code, output, exported, sent } = await runTraced({});
  assertEquals([code, sent], [2, 0], output);
  assertStringIncludes(output, "set OTEL_TRACES_SAMPLER=parentbased_always_on");
  assertStringIncludes(exported["traces"] ?? "", "/api/status/info");
});

Deno.test("runBot leaves requests with its token out of the traces of Deno if it can", async () => {
  const { code, output, exported, sent } = await runTraced({
    OTEL_TRACES_SAMPLER: "parentbased_always_on",
  });
  assertEquals([code, sent], [0, 1], output);
  assertEquals(exported["traces"], undefined);
  assertStringIncludes(exported["logs"] ?? "", "1 job ok");
});
