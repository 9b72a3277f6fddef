import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseSetupFlags, setupHelp } from "../../src/setup/setup_flags.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { DEFINITION } from "./setup_kit.ts";

const parse = (...args: string[]) => parseSetupFlags(args, DEFINITION);

Deno.test("parseSetupFlags parses what can be repeated, and names with =", () => {
  const flags = parse("--detail", "ipv4=a=b", "--detail=user=x", "--interval", "a=b=30", "-y");
  assertEquals([...flags.details], [["ipv4", "a=b"], ["user", "x"]]);
  assertEquals([...flags.intervals], [["a=b", 30]]);
  assertEquals([flags.yes, flags.dryRun, flags.url], [true, false, undefined]);
});

Deno.test("parseSetupFlags names every problem, and repeats no secret", () => {
  const secret = "s3cr3t";
  const rows: [string[], string][] = [
    [["--password", secret], "There is no option for passwords and tokens"],
    [[`--password=${secret}`], "There is no option for passwords and tokens"],
    [["7c1e9a52-3b4d-4f6a-8e21-5d0c9b7a6f13"], "There is no option for passwords and tokens"],
    [["--token", secret], 'Unknown option "--token"'],
    [[secret], "Unexpected argument"],
    [["--detail", `key=${secret}`], '"key" is a secret'],
    [["--detail", "ip4=1"], 'Unknown field "ip4": expected one of ipv4, user'],
    [["--detail", "ipv4"], "use --detail FIELD=VALUE"],
    [["--interval", "temperature"], "use --interval SENSOR=SECONDS"],
    [["--interval", "temperature=0"], 'The interval of "temperature" is not valid'],
    [["--interval", "temperature=1.5"], 'The interval of "temperature" is not valid'],
    [["--account", "a", "--create-account", "b"], "exclude each other"],
    [["--dryrun"], "did you mean --dry-run?"],
  ];
  for (const [args, expected] of rows) {
    const { message } = assertThrows(() => parse(...args), ConfigError);
    assertStringIncludes(message, expected);
    assertEquals(message.includes(secret), false, message);
  }
});

Deno.test("setupHelp lists the fields and sensors of the bot", () => {
  const help = setupHelp(DEFINITION);
  for (
    const text of ["ipv4: IP address", "key: Key (from standard input)", "temperature: every 60 s"]
  ) {
    assertStringIncludes(help, text);
  }
  assertEquals(help.split("\n").filter((line) => line.length > 100), []);
});
