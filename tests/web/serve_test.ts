import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { build, onNode } from "../runtimes/node_kit.ts";
import { run } from "../runtimes/published.ts";
import { tempDir } from "../scaffold/project_kit.ts";
import { exerciseServe, type Findings } from "./serve_exercise.ts";

const BAD_REQUEST = "HTTP/1.1 400 Bad Request";
const TOO_LARGE = "HTTP/1.1 431 Request Header Fields Too Large";

const EXPECTED: Findings = {
  echo: [201, "a", "hello"],
  head: [200, ""],
  url: "/url?a=1",
  throws: 500,
  breaks: "broken",
  ignoredBodies: [405, 200],
  largeBody: 413,
  largeStream: true,
  otherHostInTarget: "HTTP/1.1 201 Created",
  absoluteTarget: BAD_REQUEST,
  noHost: BAD_REQUEST,
  oldWithoutHost: ["HTTP/1.1 200 OK", "/url"],
  userInHost: BAD_REQUEST,
  pathInHost: BAD_REQUEST,
  largeHeaders: TOO_LARGE,
  longUrl: TOO_LARGE,
  trace: "HTTP/1.1 405 Method Not Allowed",
  garbage: BAD_REQUEST,
  aborted: ["/break", "/events"],
  slowIsCut: true,
  beyondSilent: 200,
  streamKept: [1, false],
  streamAtClose: "broken",
  afterClose: "refused",
  taken: "EADDRINUSE",
};

Deno.test("serve survives broken clients, and ends all connections when it is closed", async () => {
  assertEquals(await exerciseServe(), EXPECTED);
});

Deno.test({
  ...onNode("serve survives broken clients, and ends all connections when it is closed"),
  async fn() {
    await using temp = await tempDir();
    const script = join(temp.path, "serve.mjs");
    await build("tests/web/serve_on_node.ts", script);
    assertEquals(JSON.parse(await run("node", [script], temp.path)), EXPECTED);
  },
});
