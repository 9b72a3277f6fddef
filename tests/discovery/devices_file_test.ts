import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { delay } from "@std/async/delay";
import { GrafoleanError } from "../../src/util/errors.ts";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import { device, FakeBackend } from "./fake_backend.ts";

/** A path for a devices file in a folder that is removed at the end. */
function temporary(): { file: string } & Disposable {
  const folder = Deno.makeTempDirSync();
  return {
    file: `${folder}/devices.json`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** Grafolean as a bot finds it that starts after the last one wrote its file. */
async function restarted(file: string, accountIds: readonly number[] = [5, 6]) {
  const backend = new FakeBackend(accountIds, file);
  await backend.fetch();
  return new FakeBackend(accountIds, file);
}

/** Makes Grafolean unreachable. */
function away(backend: FakeBackend): void {
  for (const path of backend.answers.keys()) {
    backend.answers.set(path, () => {
      throw new TypeError("fetch failed");
    });
  }
}

Deno.test("DeviceSource yields the devices of its file as they were if nothing can be read at the start", async () => {
  using path = temporary();
  const { file } = path;
  const backend = await restarted(file);
  const known = await new FakeBackend([5, 6], file).fetch();
  for (const broken of ["/profile", "/accounts"]) {
    for (const status of [403, 500, 503]) {
      const backend = new FakeBackend([5, 6], file);
      backend.answers.set(broken, new Response("", { status }));
      assertEquals(await backend.fetch(), known);
      assertStringIncludes(backend.source.outage!, `answered ${status}`);
      await assertRejects(() => backend.fetch("snmp"), GrafoleanError, `answered ${status}`);
    }
  }
  away(backend);
  assertEquals(await backend.fetch(), known);
  assertEquals(await backend.fetch(), known);
  const [error, ...more] = backend.logged("error");
  assertMatch(
    error!,
    /^Grafolean at http:\/\/grafolean.test\/api cannot be reached: fetch failed \(GET \/profile\); polling the 2 devices for ping from ".*devices.json", as known \d+ s before the start$/,
  );
  assertEquals(more, []);
  assertEquals(backend.logged("info"), []);
});

Deno.test("DeviceSource takes nothing from its file once it has read the accounts", async () => {
  using path = temporary();
  const backend = await restarted(path.file, [5]);
  const profile = backend.answers.get("/profile");
  const accounts = backend.answers.get("/accounts");
  backend.answers.set("/profile", new Response("", { status: 503 }));
  assertEquals(await backend.ids(), [500]);

  backend.answers.set("/profile", profile);
  backend.account(5, [device(501)]);
  assertEquals(await backend.ids(), [501]);
  assertEquals(backend.source.outage, undefined);
  assertMatch(
    backend.logged("info").join("\n"),
    /^Resolved after .*: Grafolean at .* answered 503/m,
  );

  backend.answers.set("/accounts", new Response("", { status: 503 }));
  await assertRejects(() => backend.fetch(), GrafoleanError, "answered 503");
  backend.answers.set("/accounts", accounts);
  assertEquals(await backend.ids(), [501]);
});

Deno.test("DeviceSource takes the devices of an account that it cannot read at the start from its file", async () => {
  using path = temporary();
  const backend = await restarted(path.file);
  const entities = backend.answers.get("/accounts/5/entities");
  backend.answers.set("/accounts/5/entities", new Response("", { status: 500 }));
  backend.account(6, [device(601)]);
  assertEquals(await backend.ids(), [500, 601]);
  const [warning, ...more] = backend.logged("warn");
  assertStringIncludes(warning!, 'account "account 5" (id 5), keeping its 1 device for ping');
  assertEquals(more, []);
  assertEquals(backend.source.outage, undefined);
  backend.answers.set("/accounts/5/entities", entities);
  backend.answers.set("/accounts", { list: [{ id: 5, name: "account 5" }] });
  assertEquals(await backend.ids(), [500]);
  away(backend);
  const next = new FakeBackend([], path.file);
  away(next);
  assertEquals(await next.ids(), [500], "the account that is gone is gone from the file too");
});

Deno.test("DeviceSource confirms that a device of its file has lost something", async () => {
  using path = temporary();
  const backend = await restarted(path.file, [5]);
  backend.account(5, [device(500, {}, { protocols: {} })]);
  backend.duringDelay = () => backend.account(5, [device(500)]);
  assertEquals(await backend.ids(), [500]);
  assertEquals(backend.delays, [1000]);

  const other = await restarted(path.file, [5]);
  other.account(5, [device(500, { sensors: [] })]);
  other.duringDelay = () => other.answers.set("/accounts/5/entities", "nothing");
  assertEquals(await other.ids(), [500], "it stays as it was until it can be read");

  const unreadable = await restarted(path.file, [5]);
  unreadable.account(5, [device(500, { sensors: [] })]);
  unreadable.duringDelay = () => unreadable.account(5, [device(500, {}, { name: 500 })]);
  assertEquals(await unreadable.ids(), [500], "the same if it cannot be read itself");
});

Deno.test("DeviceSource throws if the token is refused, whatever is in its file", async () => {
  using path = temporary();
  for (const refused of ["/profile", "/accounts", "/accounts/5/entities"]) {
    const backend = await restarted(path.file);
    backend.answers.set(refused, new Response("Access denied", { status: 401 }));
    await assertRejects(() => backend.fetch(), GrafoleanError, "unknown bot token");
  }
});

Deno.test("DeviceSource throws the reason of its signal, whatever is in its file", async () => {
  using path = temporary();
  const backend = await restarted(path.file);
  const controller = new AbortController();
  const reason = new Error("the bot stops");
  backend.answers.set("/profile", () => new Promise(() => {}));
  const work = backend.fetch("ping", controller.signal).catch((error) => error);
  await until(() => backend.asked.length > 0);
  controller.abort(reason);
  assertEquals(await work, reason);
  assertEquals(await backend.fetch("ping", controller.signal).catch((error) => error), reason);
});

Deno.test("DeviceSource writes through no link that somebody else may have planted", {
  ignore: Deno.build.os === "windows",
}, async () => {
  using path = temporary();
  const { file } = path;
  const precious = `${file}.precious`;
  await Deno.writeTextFile(precious, "precious", { mode: 0o644 });
  await Deno.symlink(precious, `${file}.new`);
  const backend = new FakeBackend([5], file);
  await backend.fetch();
  assertStringIncludes(await Deno.readTextFile(file), "hush-hush");
  assertEquals(await Deno.readTextFile(precious), "precious");
  // A link that leads nowhere, while the bot runs and before its start.
  await Deno.remove(file);
  await Deno.symlink(`${file}.missing`, file);
  backend.account(5, [device(1)]);
  await backend.fetch();
  const restarted = new FakeBackend([5], file);
  await restarted.fetch();
  for (const { problems, records } of [backend, restarted]) {
    const log = [...records, ...problems.open()].map(({ message }) => message).join();
    assertStringIncludes(log, "it is a symbolic link that leads nowhere");
  }
  await assertRejects(() => Deno.stat(`${file}.missing`), Deno.errors.NotFound);
  // A link of one's own is kept, and what it leads to is written.
  await Deno.remove(file);
  await new FakeBackend([5], `${file}.real`).fetch();
  await Deno.symlink(`${file}.real`, file);
  const linked = new FakeBackend([5], file);
  linked.account(5, [device(77)]);
  await linked.fetch();
  assertEquals((await Deno.lstat(file)).isSymlink, true);
  assertStringIncludes(await Deno.readTextFile(`${file}.real`), "device 77");
});

Deno.test("DeviceSource writes its file, for its owner only, when something has changed", async () => {
  using path = temporary();
  const { file } = path;
  const backend = new FakeBackend([5], file);
  // Left behind by a crash.
  await Deno.writeTextFile(`${file}.new`, "x", { mode: 0o666 });
  await backend.fetch();
  const first = await Deno.stat(file);
  if (Deno.build.os !== "windows") assertEquals(first.mode! & 0o777, 0o600);
  const text = await Deno.readTextFile(file);
  assertStringIncludes(text, "hush-hush");
  assert(!text.includes("secret-token"));
  await assertRejects(() => Deno.stat(`${file}.new`), Deno.errors.NotFound);

  await Deno.utime(file, 1e9, 1e9);
  await backend.fetch();
  const second = await Deno.stat(file);
  assertEquals(second.ino, first.ino, "not written again");
  assert(second.mtime!.getTime() > 1e12, "but up to date");

  backend.account(5, [device(500, {}, { name: "renamed" })]);
  await backend.fetch();
  assertStringIncludes(await Deno.readTextFile(file), "renamed");

  await Deno.remove(file);
  await backend.fetch();
  assertStringIncludes(await Deno.readTextFile(file), "renamed");
});

Deno.test("DeviceSource goes on without a file that it does not understand, and leaves it alone", async () => {
  using path = temporary();
  const { file } = path;
  await restarted(file);
  const good = await Deno.readTextFile(file);
  const content = JSON.parse(good);
  const withDevice = (fields: Record<string, unknown>) => {
    const [device] = content.protocols.ping;
    return JSON.stringify({ ...content, protocols: { ping: [{ ...device, ...fields }] } });
  };
  for (
    const [text, reason] of [
      ["", "it is not valid JSON"],
      [good.slice(0, -9), "it is not valid JSON"],
      ['BOT_TOKEN="secret-token"', "it is not valid JSON"],
      ['{"list":[]}', "another program wrote it"],
      ["[]", "another program wrote it"],
      [
        JSON.stringify({ ...content, version: 2 }),
        "it is of version 2, but this library reads version 1",
      ],
      [JSON.stringify({ ...content, protocols: [] }), "somebody has changed it"],
      [JSON.stringify({ ...content, protocols: { ping: {} } }), "somebody has changed it"],
      [withDevice({ accountId: "hush-hush" }), "somebody has changed it"],
      [withDevice({ sensors: [{ sensorId: 1, interval: "5" }] }), "somebody has changed it"],
    ] as const
  ) {
    await Deno.writeTextFile(file, text);
    const backend = new FakeBackend([5, 6], file);
    assertEquals(await backend.ids(), [500, 600]);
    assertEquals(await backend.ids("snmp"), []);
    assertEquals(backend.logged("warn"), [
      `Cannot use the devices file ${JSON.stringify(file)}: ${reason}; ` +
      "choose another file, or delete this one if it is damaged; until then no devices are kept for a restart",
    ]);
    assertEquals(await Deno.readTextFile(file), text);
    away(backend);
    await assertRejects(() => backend.fetch(), GrafoleanError);
  }
});

Deno.test("DeviceSource ignores the devices of another backend in its file, and replaces them", async () => {
  using path = temporary();
  const { file } = path;
  await restarted(file);
  const text = (await Deno.readTextFile(file)).replace("grafolean.test", "grafolean.example");
  await Deno.writeTextFile(file, text);
  const backend = new FakeBackend([5, 6], file);
  const answers = new Map(backend.answers);
  away(backend);
  await assertRejects(() => backend.fetch(), GrafoleanError, "cannot be reached");
  assertEquals(backend.logged("warn"), [
    `Not using the devices in ${
      JSON.stringify(file)
    }: they are those of http://grafolean.example/api`,
  ]);
  for (const [path, answer] of answers) backend.answers.set(path, answer);
  await backend.fetch();
  assertStringIncludes(await Deno.readTextFile(file), "grafolean.test");
});

Deno.test("DeviceSource goes on while its file cannot be written, and warns once", async () => {
  using path = temporary();
  const folder = `${path.file}.d`;
  const backend = new FakeBackend([5], `${folder}/devices.json`);
  assertEquals(await backend.ids(), [500]);
  assertEquals(await backend.ids(), [500]);
  const [warning, ...more] = backend.logged("warn");
  assertMatch(
    warning!,
    /^Cannot write the devices file ".*": .*; check that its folder exists and is writable/,
  );
  assertEquals(more, []);
  await Deno.mkdir(folder);
  assertEquals(await backend.ids(), [500]);
  assertMatch(backend.logged("info").join("\n"), /^Resolved after .*: Cannot write the devices/m);
  assertStringIncludes(await Deno.readTextFile(`${folder}/devices.json`), "device 500");
});

Deno.test("DeviceSource leaves a complete file behind whenever it is killed", async () => {
  using path = temporary();
  const { file } = path;
  const program = new URL("./devices_file_writer.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  for (let kill = 0; kill < (FULL ? 50 : 5); kill++) {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--no-prompt",
        `--config=${config}`,
        "--allow-env",
        `--allow-read=${file},${file}.new`,
        `--allow-write=${file},${file}.new`,
        program,
        file,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    // It prints a line once it has written the file, and then writes it again and again.
    const reader = process.stdout.getReader();
    await reader.read();
    // What a reader can see at any time is what a kill at that time leaves behind.
    const seen = new Set<number>();
    while (seen.size < 10) {
      const text = await Deno.readTextFile(file);
      JSON.parse(text);
      seen.add(text.length);
    }
    await delay(Math.random() * 20);
    process.kill("SIGKILL");
    await reader.cancel();
    await process.status;
    const backend = new FakeBackend([5], file);
    away(backend);
    assert((await backend.fetch()).length >= 300);
    assertEquals(backend.logged("warn"), []);
  }
});
