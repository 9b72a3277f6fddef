import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parseOutputPath, toSegment } from "./output_path.ts";

function fill(template: string, texts: readonly string[], index: string): string {
  return parseOutputPath(template).fill((variable) => texts[variable - 1] ?? "", index) ?? "none";
}

Deno.test("parseOutputPath fills in texts and the index", () => {
  const texts = ["123000", "WWW", "Core 6"];
  assertEquals(fill("123{$2}dd.{$index}BBB", texts, "1"), "123WWWdd.1BBB");
  assertEquals(fill("asdf.123.{$3}", texts, "2"), "asdf.123.Core-6");
  assertEquals(fill("{$3}.{$index}", texts, "1"), "Core-6.1");
  assertEquals(fill("plain.path_1-2", texts, "1"), "plain.path_1-2");
  assertEquals(fill("{$4}x.{$3}", texts, "1"), "x.Core-6");
  assertEquals(fill("x.{$4}.{$3}", texts, "1"), "none");
});

Deno.test("parseOutputPath puts an index of several numbers into one segment", () => {
  assertEquals(fill("ip.{$index}", [], "10.0.0.1"), "ip.10%2e0%2e0%2e1");
});

Deno.test("parseOutputPath lists its variables", () => {
  assertEquals([...parseOutputPath("a.{$2}.{$index}.{$12}").variables], [2, 12]);
});

for (
  const template of [
    "",
    "{$x}",
    "{1}",
    "a b",
    "a{$1",
    "a.{$index }",
    "a/b",
    "{$1+1}",
    "ä",
    ".",
    "..",
    ".a",
    "a.",
    "a..b",
  ]
) {
  Deno.test(`parseOutputPath refuses "${template}"`, () => {
    assertThrows(() => parseOutputPath(template), SyntaxError, "output path");
  });
}

Deno.test("toSegment replaces what a path cannot contain by single dashes", () => {
  assertEquals(toSegment("Core 6"), "Core-6");
  assertEquals(toSegment("asdf.QWER"), "asdf-QWER");
  assertEquals(toSegment("GigabitEthernet0/1.100"), "GigabitEthernet0-1-100");
  assertEquals(toSegment("  /var/lib  "), "var-lib");
  assertEquals(toSegment("a -- b"), "a-b");
  assertEquals(toSegment("Büro Süd"), "Buro-Sud");
  assertEquals(toSegment("1,000 Mbps"), "1000-Mbps");
  assertEquals(toSegment("it's"), "it-s");
  assertEquals(toSegment("///"), "");
});

// By python-slugify 4.0.0 with text-unidecode 1.3, as in the Python bot.
const TRANSLITERATED: readonly [string, string][] = [
  ["Straße", "Strasse"],
  ["łódź ŁÓDŹ", "lodz-LODZ"],
  ["cafe\u0301", "cafe"],
  ["Þingvellir Ærø", "Thingvellir-AEro"],
  ["Ã¼", "A1-4"],
  ["Игорь съел ящик", "Igor-sel-iashchik"],
  ["Київ, вул. Хрещатик", "Kiyiv-vul-Khreshchatik"],
  ["Ελλάδα", "Ellada"],
  ["北京", "Bei-Jing"],
  ["日本語ポート 1", "Ri-Ben-Yu-poto-1"],
  ["한국", "hangug"],
  ["شبكة", "shbk"],
  ["ＷＡＮ １", "WAN-1"],
  ["25 °C", "25-degC"],
  ["µs", "us"],
  ["½", "1-2"],
  ["up 👍", "up"],
];

for (const [text, expected] of TRANSLITERATED) {
  Deno.test(`toSegment transliterates "${text}" as the Python bot did`, () => {
    assertEquals(toSegment(text), expected);
  });
}

Deno.test("toSegment converts any text to a valid part of a segment", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const segment = toSegment(text);
    assertMatch(segment, /^[0-9a-zA-Z_-]*$/);
    assert(!segment.includes("--"));
    assertEquals(toSegment(segment), segment);
  }));
});
