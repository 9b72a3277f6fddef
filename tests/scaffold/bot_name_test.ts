import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  botNameProblem,
  classNameOf,
  proposeBotName,
  protocolProblem,
} from "../../src/scaffold/bot_name.ts";

Deno.test("botNameProblem accepts names that suit folders, units, images and classes", () => {
  for (const name of ["mybot", "a", "my-http-bot", "b2", "x".repeat(40)]) {
    assertEquals(botNameProblem(name), undefined);
  }
  for (
    const name of [
      "",
      "MyBot",
      "my bot",
      "my_bot",
      "2bots",
      "-bot",
      "bot-",
      "my--bot",
      "böt",
      "con",
      "com1",
      "ping",
      "fping",
      "deno",
      "../bot",
      "a\\b",
      "..",
      "x".repeat(41),
      "bot\n",
    ]
  ) assert(botNameProblem(name) !== undefined, JSON.stringify(name));
});

Deno.test("proposeBotName stays close to the wanted name", () => {
  const proposals = {
    "My Bot": "my-bot",
    "Böt für Zürich": "bot-fur-zurich",
    "../bots/HTTP_watch/": "http-watch",
    "C:\\bots\\switches": "switches",
    "ping": "ping-bot",
    "42": "mybot",
    "7 dwarfs": "dwarfs",
    "監視": "mybot",
    "aux": "aux-bot",
    "..": "mybot",
    "": "mybot",
  };
  for (const [wanted, proposal] of Object.entries(proposals)) {
    assertEquals(proposeBotName(wanted), proposal);
  }
});

Deno.test("proposeBotName always proposes a valid name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (wanted) => {
      assertEquals(botNameProblem(proposeBotName(wanted)), undefined);
    }),
  );
});

Deno.test("classNameOf turns every valid name into a class name", () => {
  assertEquals(classNameOf("http"), "HttpBot");
  assertEquals(classNameOf("my-bot"), "MyBot");
  assertEquals(classNameOf("mybot"), "Mybot");
  assertEquals(classNameOf("a-1-b"), "A1BBot");
  assertMatch(classNameOf("x".repeat(40)), /^X\w+Bot$/);
});

Deno.test("protocolProblem refuses characters that would break the code", () => {
  for (
    const protocol of ["http", "my_protocol", "Modbus-TCP", "x".repeat(50)]
  ) {
    assertEquals(protocolProblem(protocol), undefined);
  }
  for (const protocol of ["", "a b", 'a"b', "a\\b", "`", "é", "x".repeat(51)]) {
    assert(protocolProblem(protocol) !== undefined, protocol);
  }
});
