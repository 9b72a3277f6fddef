import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { helpText, parseFlags } from "../../src/bot/flags.ts";
import { SETTINGS } from "../../src/bot/settings.ts";
import { ConfigError } from "../../src/util/errors.ts";

const NONE = {
  once: false,
  dryRun: false,
  explain: false,
  devices: [],
  json: false,
  health: false,
  help: false,
  version: false,
};

Deno.test("parseFlags reads every option", () => {
  assertEquals(parseFlags([]), NONE);
  assertEquals(parseFlags(["--once"]), { ...NONE, once: true });
  assertEquals(parseFlags(["--dry-run", "--json"]), { ...NONE, dryRun: true, json: true });
  for (const args of [["--explain", "007"], ["--explain=007"], ["--explain", "--device=007"]]) {
    assertEquals(parseFlags(args), { ...NONE, explain: true, devices: ["007"] });
  }
  assertEquals(parseFlags(["--explain", "--json"]), { ...NONE, explain: true, json: true });
  assertEquals(parseFlags(["--once", "--device", "007", "--device=a b"]), {
    ...NONE,
    once: true,
    devices: ["007", "a b"],
  });
  assertEquals(parseFlags(["--explain", "a", "--device", "b"]), {
    ...NONE,
    explain: true,
    devices: ["a", "b"],
  });
  assertEquals(parseFlags(["--health"]), { ...NONE, health: true });
  for (const flag of ["--help", "-h"]) assertEquals(parseFlags([flag]), { ...NONE, help: true });
  for (const flag of ["--version", "-V"]) {
    assertEquals(parseFlags([flag]), { ...NONE, version: true });
  }
});

const WRONG: Record<string, [string[], string[]]> = {
  "a typo": [["--onse"], ['Unknown option "--onse" (did you mean --once?): see --help']],
  "another spelling": [["--dryrun"], [
    'Unknown option "--dryrun" (did you mean --dry-run?): see --help',
  ]],
  "an abbreviation": [["--vers"], [
    'Unknown option "--vers" (did you mean --version?): see --help',
  ]],
  "something else": [["--frobnicate=7"], ['Unknown option "--frobnicate": see --help']],
  "one letter": [["-x"], ['Unknown option "-x": see --help']],
  "no option": [["start"], ["Unexpected argument: see --help"]],
  "no option after --": [["--", "--once"], [
    "Unexpected argument: see --help",
  ]],
  "several at once": [["--onse", "-y", "a", "b"], [
    'Unknown option "--onse" (did you mean --once?): see --help',
    'Unknown option "-y": see --help',
    "Unexpected argument: see --help",
  ]],
  "--json alone": [["--json"], ["--json needs --dry-run or --explain, whose output it formats"]],
  "--device alone": [["--device", "a"], [
    "--device needs --once, --dry-run or --explain, which it limits",
  ]],
  "--device without a device": [["--once", "--device", "a", "--device="], [
    "Missing value: use --device VALUE",
  ]],
  "a device before --explain": [["a", "--explain"], ["Unexpected argument: see --help"]],
  "two devices after --explain": [["--explain", "a", "b"], ["Unexpected argument: see --help"]],
};

for (const [what, [args, problems]] of Object.entries(WRONG)) {
  Deno.test(`parseFlags refuses ${what}`, () => {
    assertEquals(assertThrows(() => parseFlags(args), ConfigError).problems, problems);
  });
}

Deno.test("parseFlags repeats nothing that may be a token", () => {
  for (
    const args of [["--bot-token=secret"], ["--token", "secret"], ["secret"], ["--", "secret"]]
  ) {
    const { problems } = assertThrows(() => parseFlags(args), ConfigError);
    assertEquals(problems.join().includes("secret"), false, problems.join());
  }
  const token = "7c1e9a52-3b4d-4f6a-8e21-5d0c9b7a6f13";
  const { problems } = assertThrows(
    () => parseFlags([`-t${token}`, `--once${token}`]),
    ConfigError,
  );
  assertEquals(problems, ["Unexpected argument: see --help"]);
  const { problems: [problem] } = assertThrows(() => parseFlags(["--bot-token=x"]), ConfigError);
  assertEquals(
    problem,
    'Unknown option "--bot-token": set BOT_TOKEN instead, because others can read a command line',
  );
});

Deno.test("helpText names every option, every setting of all bots and of this one, and the exit codes", () => {
  const own = { port: { name: "MY_PORT", default: "7", about: "A port.", parse: Number } };
  const text = helpText("mybot", own);
  assertEquals(text.split("\n")[0], "Usage: mybot [options]");
  for (
    const word of [
      "--once",
      "--dry-run",
      "--explain [DEVICE]",
      "--device NAME|ID",
      "--json",
      "--health",
      "-h, --help",
      "-V, --version",
      "0 done",
      "2 an option, a setting",
    ]
  ) {
    assertStringIncludes(text, word);
  }
  for (const { name } of Object.values(SETTINGS)) assertStringIncludes(text, `\n  ${name} `);
  assertMatch(text, /\n {2}MY_PORT +A port\. Default: 7\.\n/);
  for (const line of text.split("\n")) assertEquals(line.length <= 80, true, line);
  assertStringIncludes(text, "\nCollects values of the devices configured in Grafolean");
  assertStringIncludes(helpText("flows", {}, "Receives flows."), "\nReceives flows.\n");
});
