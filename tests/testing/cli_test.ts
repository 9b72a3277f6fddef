import { assertEquals, assertMatch } from "@std/assert";
import { runSandbox } from "../../src/testing/cli.ts";

/** Runs the program until it has printed `pattern`, calls `meanwhile`, and stops it. */
async function run(
  args: string[],
  pattern: RegExp,
  meanwhile: (match: RegExpExecArray) => Promise<void>,
): Promise<[number, string]> {
  const stop = new AbortController();
  let printed = "";
  const seen = Promise.withResolvers<RegExpExecArray>();
  const code = runSandbox({
    args,
    signal: stop.signal,
    write: (text) => {
      printed += text;
      const match = pattern.exec(printed);
      if (match) seen.resolve(match);
    },
  });
  await meanwhile(await seen.promise);
  stop.abort();
  return [await code, printed];
}

Deno.test("runSandbox prints the settings of a bot, and the first value of each path", async () => {
  const [code, printed] = await run(
    ["--protocol", "ping", "--devices", "2", "--sensor", '{"n":1}'],
    /BACKEND_URL=(\S+)\nBOT_TOKEN=(\S+)\n[^]*first value of each path/,
    async ([, url, token]) => {
      const accounts = await (await fetch(`${url}/accounts?b=${token}`)).json();
      const { id } = accounts.list[0];
      const entities = await (await fetch(`${url}/accounts/${id}/entities?b=${token}`)).json();
      assertEquals(entities.list.length, 2);
      assertEquals(entities.list[0].details, { ipv4: "127.0.0.1" });
      assertEquals(entities.list[0].protocols.ping.sensors.length, 2);
      const sensors = await (await fetch(`${url}/accounts/${id}/sensors?b=${token}`)).json();
      assertEquals(
        sensors.list.map((sensor: { details: unknown }) => sensor.details),
        [{ n: 1 }, { n: 1 }],
      );
      const sent = await fetch(`${url}/accounts/${id}/values?b=${token}`, {
        method: "POST",
        body: '[{"p":"a.b","v":"2.50"}]',
      });
      assertEquals(sent.status, 204);
      await sent.body?.cancel();
    },
  );
  assertEquals(code, 0);
  assertMatch(printed, /Z {2}POST {2}a\.b +2\.50\n/);
  assertMatch(printed, /1 values in 4 requests/);
});

Deno.test("runSandbox prints the user name and password of an administrator", async () => {
  const rows: [string[], number][] = [[[], 1], [["--empty"], 0]];
  for (const [args, count] of rows) {
    await run(
      args,
      /BACKEND_URL=(\S+)\n[^]*user name (\S+), password (\S+)\n[^]*first value of each path/,
      async ([, url, username, password]) => {
        const login = await fetch(`${url}/auth/login`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ username, password }),
        });
        assertEquals(login.status, 200);
        await login.body?.cancel();
        const get = async (path: string) =>
          (await (await fetch(`${url}/${path}`, {
            headers: { authorization: login.headers.get("x-jwt-token")! },
          })).json()).list;
        const [account] = await get("accounts");
        for (const name of ["bots", "entities"]) {
          const found = (await get(`accounts/${account.id}/${name}`)).length;
          assertEquals(found > 0, count > 0, `${args} ${name}`);
        }
        const sensors = await get(`accounts/${account.id}/sensors`);
        assertEquals(sensors.length, count > 0 ? 2 : 5, `${args} sensors`);
      },
    );
  }
});

Deno.test("runSandbox has the same ids and token at each start", async () => {
  const starts: string[][] = [];
  for (let n = 0; n < 2; n++) {
    await run([], /account (\d+)[^]*BOT_TOKEN=(\S+)\n/, ([, ...found]) => {
      starts.push(found);
      return Promise.resolve();
    });
  }
  assertEquals(starts[0], starts[1]);
  assertEquals(starts[0]?.length, 2);
});

Deno.test("runSandbox refuses invalid arguments by name", async () => {
  const rows: [string[], RegExp][] = [
    [["--nonsense"], /Unknown option "--nonsense"/],
    [["--prt", "1"], /did you mean --port/],
    [["--port"], /--port VALUE/],
    [["sandbox"], /Unexpected argument/],
    [["--port", "x"], /Cannot use "x" as --port: expected a whole number from 0 to 65535/],
    [["--interval", "0"], /Cannot use "0" as --interval/],
    [["--device", "[]"], /Cannot use this --device: expected a JSON object/],
    [["--sensor", "{"], /Cannot use this --sensor/],
    [["--credential", "{hush"], /^(?![^]*hush)Cannot use this --credential/],
  ];
  for (const [args, pattern] of rows) {
    let printed = "";
    const code = await runSandbox({
      args,
      write: (text) => printed += text,
      signal: AbortSignal.abort(),
    });
    assertEquals(code, 2, args.join(" "));
    assertMatch(printed, pattern);
  }
});

Deno.test("runSandbox prints help", async () => {
  let printed = "";
  const code = await runSandbox({
    args: ["--help"],
    write: (text) => printed += text,
    signal: AbortSignal.abort(),
  });
  assertEquals(code, 0);
  assertMatch(printed, /--protocol NAME/);
});
