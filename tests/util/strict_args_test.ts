import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/util/errors.ts";
import { parseStrictArgs } from "../../src/util/strict_args.ts";

function parse(...args: string[]) {
  return parseStrictArgs(args, {
    string: ["port", "dir"],
    boolean: ["yes", "no-git"],
    alias: { yes: "y", dir: "d" },
    maxPositionals: 1,
    tokenAdvice: "put it into .env",
  });
}

Deno.test("parseStrictArgs returns values, switches and other arguments", () => {
  const { port, dir, yes, "no-git": noGit, _ } = parse("-y", "bot7", "--port=080", "-d", "a b");
  assertEquals([port, dir, yes, noGit, _], ["080", "a b", true, false, ["bot7"]]);
  assertEquals(parse("--no-git")["no-git"], true);
  assertEquals(parse("--", "--yes")._, ["--yes"]);
});

Deno.test("parseStrictArgs reports all problems, and repeats no value", () => {
  const secret = "7c1e9a52-3b4d-4f6a-8e21-5d0c9b7a6f13";
  const rows: [string[], string[]][] = [
    [["--prt", "1"], ['Unknown option "--prt" (did you mean --port?): see --help']],
    [["--frobnicate=1"], ['Unknown option "--frobnicate": see --help']],
    [["--token", secret], ['Unknown option "--token": put it into .env']],
    [["--bot_token=secret"], ['Unknown option "--bot_token": put it into .env']],
    [["--port"], ["Missing value: use --port VALUE"]],
    [["--port", "--yes"], ["Missing value: use --port VALUE"]],
    [["--dir", " "], ["Missing value: use --dir VALUE"]],
    [["--dir", ""], ["Missing value: use --dir VALUE"]],
    [["one", "two"], ["Unexpected argument: see --help"]],
    [["--_"], ['Unknown option "--_": see --help']],
    [["--_=", "stray", "x"], [
      'Unknown option "--_": see --help',
      "Unexpected argument: see --help",
    ]],
    [[`-t${secret}`, `--yes${secret}`], ["Unexpected argument: see --help"]],
    [["--foo", "--port"], [
      'Unknown option "--foo": see --help',
      "Missing value: use --port VALUE",
    ]],
  ];
  for (const [args, problems] of rows) {
    assertEquals(assertThrows(() => parse(...args), ConfigError).problems, problems);
  }
});

Deno.test("parseStrictArgs collects the options that can be repeated", () => {
  const parseList = (...args: string[]) =>
    parseStrictArgs(args, { boolean: ["yes"], list: ["device"] });
  assertEquals(parseList("--device", "a", "--yes", "--device=b").device, ["a", "b"]);
  assertEquals(parseList().device, []);
  const error = assertThrows(() => parseList("--device", "a", "--device"), ConfigError);
  assertEquals(error.problems, ["Missing value: use --device VALUE"]);
});
