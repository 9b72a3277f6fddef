// Goes wrong in the ways of docs/troubleshooting.md, for real, and returns what is printed then.

import { Collector, type EntityInfo, intervalsOf, type Job } from "@grafolean/collector";
import { type Grants, Sandbox, type SandboxOptions } from "@grafolean/collector/testing";
import { join } from "node:path";
import { botMain } from "../../src/bot/main.ts";
import { PROGRAM } from "../bot/bot_process.ts";
import { SERVER_CERT, SERVER_KEY } from "../grafolean/certificates.ts";
import { TEMPLATES } from "../../src/scaffold/templates.ts";
import { freePort } from "../free_port.ts";
import { deno, generate, ROOT } from "../scaffold/project_kit.ts";
import { codeBlocks } from "./markdown.ts";

const BACKEND_URL = "https://grafolean.example.com/api";
const PROTOCOL = "thermo";

/** Values that a job sends, by path. */
type Values = Record<string, number>;

/** A bot whose device gives these values, after so many seconds. */
function botOf(values: Values = { "room.temperature": 21.5 }, seconds = 0) {
  return class extends Collector {
    override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
      for await (const device of this.fetchJobConfigs(PROTOCOL)) {
        yield {
          jobId: `${device.entityId}`,
          name: device.name,
          intervals: intervalsOf(device),
          jobParams: device,
          performJob: async (_intervals, { accountId }, { sendResults }) => {
            await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
            await sendResults(accountId, values);
          },
        };
      }
    }
  };
}

/** Grafolean with one account and a bot. */
function grafolean({ permissions, ...options }: SandboxOptions & { permissions?: Grants } = {}) {
  const sandbox = new Sandbox(options);
  const account = sandbox.addAccount({ id: 1, name: "Home" });
  const bot = sandbox.addBot({
    protocol: PROTOCOL,
    account,
    ...(permissions !== undefined && { permissions }),
  });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL });
  return {
    sandbox,
    bot,
    addDevice: (name: string, interval: number | null = 60) => {
      const sensor = sandbox.addSensor(account, {
        protocol: PROTOCOL,
        name: `${name} temperature`,
        defaultInterval: interval,
      });
      const protocols = { [PROTOCOL]: { credential, bot, sensors: [sensor] } };
      sandbox.addEntity(account, { name, details: { ipv4: "10.0.0.5" }, protocols });
    },
  };
}

interface Run {
  readonly Bot?: ReturnType<typeof botOf>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the requests. @default the network */
  readonly fetch?: typeof fetch;
  /** Stops the bot when this has been logged. @default when it ends by itself */
  readonly until?: RegExp;
  /** Mends what was wrong before the bot is stopped, as it would try for seconds. */
  readonly mend?: () => void;
}

/** Runs a bot and returns what it prints and logs. */
async function run(
  { Bot = botOf(), args = [], env = {}, fetch, until, mend }: Run,
): Promise<string> {
  const lines: string[] = [];
  const stop = new AbortController();
  await botMain(Bot, { name: "mybot", collector: fetch ? { fetch } : {} }, {
    args,
    env: { BACKEND_URL, BOT_TOKEN: crypto.randomUUID(), LOG_LEVEL: "debug", ...env },
    print: (line) => lines.push(line),
    sink: ({ message }) => {
      lines.push(message);
      if (!until?.test(message)) return;
      mend?.();
      stop.abort();
    },
    stop: stop.signal,
    onToken: () => {},
    redact: (text) => text,
  });
  return lines.join("\n");
}

/** Runs a bot once against a sandbox. */
function once(
  { sandbox, bot }: ReturnType<typeof grafolean>,
  options: Run = {},
): Promise<string> {
  const env = { BOT_TOKEN: bot.token, ...options.env };
  return run({ args: ["--once"], fetch: sandbox.fetch, ...options, env });
}

/** Runs a bot for which nothing listens at the port, or something else than Grafolean. */
async function connect(scheme: "http" | "https", server?: Deno.HttpServer<Deno.NetAddr>) {
  const port = server?.addr.port ?? freePort();
  const text = await run({
    env: { BACKEND_URL: `${scheme}://127.0.0.1:${port}/api` },
    // A busy machine may not answer in time at first.
    until: /^Waiting(?!.* did not answer within )/,
  });
  await server?.shutdown();
  return text.replaceAll(`127.0.0.1:${port}`, "grafolean.example.com");
}

function serve(tls = {}, answer = () => new Response("<html>")): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...tls }, answer);
}

const TLS = { cert: SERVER_CERT, key: SERVER_KEY };

/** An account of a bot that may only do this. */
function permitted(resources: readonly string[]): ReturnType<typeof grafolean> {
  const permissions = resources.map((resource) => ({
    prefix: `accounts/1/${resource}`,
    methods: ["GET"] as const,
  }));
  const backend = grafolean({ permissions });
  backend.addDevice("kitchen", 1);
  return backend;
}

/** A bot that may read everything that it needs, but send nothing. */
async function readOnly(): Promise<string> {
  const backend = permitted(["entities", "credentials", "sensors"]);
  const mend = () => backend.sandbox.grant(backend.bot, "ui");
  return await once(backend, { args: [], until: /^Cannot deliver/, mend });
}

/** Devices that are left out, for three reasons. */
async function leftOut(args: readonly string[]): Promise<string> {
  const backend = grafolean();
  const { sandbox } = backend;
  backend.addDevice("cellar", 0);
  sandbox.addEntity(1, { name: "attic" });
  sandbox.addEntity(1, {
    name: "garage",
    protocols: {
      [PROTOCOL]: {
        credential: sandbox.addCredential(1, { protocol: PROTOCOL }),
        bot: sandbox.addBot({ protocol: PROTOCOL, account: 1 }),
      },
    },
  });
  return await once(backend, { args });
}

async function refused(): Promise<string> {
  const backend = grafolean();
  backend.addDevice("kitchen");
  return await once(backend, { Bot: botOf({ "room 1": 1, "room.x": NaN }) });
}

async function overlapping(): Promise<string> {
  const backend = grafolean();
  backend.addDevice("kitchen", 1);
  return await once(backend, { args: [], Bot: botOf({}, 2.5), until: /^Due again/ });
}

async function failing(): Promise<string> {
  const backend = grafolean();
  backend.addDevice("kitchen", 1);
  const fault = backend.sandbox.faults.add({
    status: 500,
    when: ({ path }) => path.endsWith("/values"),
  });
  const mend = () => fault.remove();
  return await once(backend, { args: [], until: /^Cannot deliver/, mend });
}

/** Two bots on one outbox, one whose folder is missing, one that is damaged, and one that is something else. */
async function outboxes(temp: string): Promise<string[]> {
  const backend = grafolean();
  const use = (name: string) => once(backend, { env: { OUTBOX_FILE: join(temp, name) } });
  await Deno.writeTextFile(join(temp, "damaged.db"), "x".repeat(4096));
  await Deno.writeTextFile(join(temp, "notes.txt"), "x");
  await Deno.writeTextFile(join(temp, "notes.txt"), "x".repeat(5000));
  const stop = new AbortController();
  const inUse = Promise.withResolvers<void>();
  const holder = new (botOf())(BACKEND_URL, backend.bot.token, 120, {
    fetch: backend.sandbox.fetch,
    outboxFile: join(temp, "outbox.db"),
    logSink: () => inUse.resolve(),
  });
  const running = holder.execute({ signal: stop.signal });
  await inUse.promise;
  const texts = [];
  for (const name of ["outbox.db", "missing/outbox.db", "damaged.db", "notes.txt"]) {
    texts.push(await use(name));
  }
  stop.abort();
  await running;
  return texts;
}

/** What Deno does not permit: Grafolean, the outbox, the token file, the device. */
async function permissions(temp: string): Promise<string[]> {
  const backend = grafolean();
  backend.addDevice("kitchen");
  await using server = await backend.sandbox.listen();
  const { host } = new URL(server.url);
  const [bot = ""] = codeBlocks(await Deno.readTextFile(join(ROOT, "README.md")))
    .map(({ text }) => text);
  await Deno.writeTextFile(join(temp, "bot.ts"), bot);
  const start = async (flags: string[], env: Record<string, string> = {}): Promise<string> => {
    const args = ["run", "--no-prompt", "--no-check", "--config", join(ROOT, "deno.json")];
    const { out, err } = await deno(
      temp,
      [...args, "--allow-env", "--allow-read=.env", ...flags, "bot.ts", "--once"],
      { BACKEND_URL: server.url, BOT_TOKEN: backend.bot.token, ...env },
    );
    return (out + err).replaceAll(host, "grafolean.example.com");
  };
  return await Promise.all([
    start(["--allow-net=127.0.0.1:1"]),
    start([`--allow-net=${host}`]),
    start([`--allow-net=${host}`], { OUTBOX_FILE: "/var/lib/outbox.db" }),
    start([`--allow-net=${host}`], { BOT_TOKEN: "", BOT_TOKEN_FROM_FILE: "/etc/bot.token" }),
  ]);
}

/** A status port that is not permitted, in use, not on this machine, and open to everybody. */
async function statusPorts(temp: string): Promise<string[]> {
  using used = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const open = async (net: string, env: Record<string, string>): Promise<string> => {
    const args = ["run", "--no-prompt", "--no-check", "--config", join(ROOT, "deno.json")];
    const { err } = await deno(
      temp,
      [...args, "--allow-env", "--allow-read=.env", `--allow-net=${net}`, PROGRAM],
      // Which is not permitted, so that the bot ends.
      { BACKEND_URL: "http://127.0.0.2/api", BOT_TOKEN: "0d7f6c1e-token", ...env },
    );
    return err;
  };
  return await Promise.all([
    open("127.0.0.3", { HEALTH_PORT: "9464" }),
    open("127.0.0.1", { HEALTH_PORT: `${used.addr.port}` }),
    open("192.0.2.1", { HEALTH_PORT: "9464", HEALTH_HOST: "192.0.2.1" }),
    open("0.0.0.0", { HEALTH_PORT: "0", HEALTH_HOST: "0.0.0.0" }),
  ]);
}

/** `deno task setup` with a wrong password, and as somebody who may not see the tokens of bots. */
async function setups(temp: string): Promise<string[]> {
  const { sandbox } = grafolean();
  await using server = await sandbox.listen();
  sandbox.addPerson({ username: "admin", password: "right" });
  const methods = ["GET", "POST", "PUT", "DELETE"] as const;
  const permissions = [{ prefix: "accounts/1", methods }];
  sandbox.addPerson({ username: "editor", password: "right", permissions });
  await generate(join(temp, "project"), { template: TEMPLATES[0], name: "mybot" });
  const setup = async (user: string, password: string): Promise<string> => {
    const args = ["run", "-A", "--no-check", "setup.ts", "--yes", `--url=${server.url}`];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, `--user=${user}`],
      cwd: join(temp, "project"),
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await new Blob([password, "\nsecret\n"]).stream().pipeTo(child.stdin);
    const { stdout, stderr } = await child.output();
    return await new Blob([stdout, stderr]).text();
  };
  return [await setup("admin", "another"), await setup("editor", "right")];
}

/** What is printed when things go wrong, one text for each way. */
export async function provokeAll(temp: string): Promise<string[]> {
  const token = crypto.randomUUID();
  const texts = await Promise.all([
    once(grafolean()),
    leftOut(["--once"]),
    leftOut(["--explain"]),
    once(grafolean({ permissions: [] })),
    once(grafolean(), { env: { BOT_TOKEN: token } }),
    run({ env: { BOT_TOKEN: "" }, args: ["--once"] }),
    once(permitted(["sensors"]), { args: [], until: /may not GET/ }),
    readOnly(),
    once(grafolean({ ready: false }), { args: [], until: /^Waiting/ }),
    refused(),
    overlapping(),
    failing(),
    connect("http"),
    connect("http", serve()),
    connect("https", serve(TLS)),
    connect("http", serve(TLS)),
    connect("https", serve()),
    run({
      env: {
        BACKEND_URL: "http://127.0.0.1/api",
        BOT_TOKEN: "",
        BOT_TOKEN_FROM_FILE: join(temp, "thermo-bot.token"),
      },
      until: /^Waiting/,
    }),
    permissions(temp),
    statusPorts(temp),
    setups(temp),
  ]);
  // Not beside the others: waiting for an outbox in use holds up this process, and with it the servers of the others.
  return [...texts.flat(), ...await outboxes(temp)];
}
