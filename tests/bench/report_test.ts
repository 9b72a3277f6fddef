import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { formatMarkdown, readResults, replaceSection } from "../../bench/harness/publish.ts";
import { renderResults } from "../../bench/harness/report.ts";
import { SUITES } from "../../bench/suites.ts";
import { FAKE_SUITE } from "./fake_suite.ts";

const BENCH = join(import.meta.dirname!, "../../bench");

const measured = (caseName: string, variant: string, round: number, cpu: number) => ({
  case: caseName,
  variant,
  round,
  figures: variant === "a" ? { cpu, rss: 1234.4 } : { cpu },
});

const MEASUREMENTS = [
  measured("1", "a", 0, 3),
  measured("1", "b", 0, 1),
  measured("1", "b", 1, 2),
  measured("1", "a", 1, 8),
  measured("1,000", "a", 0, 0.2),
  measured("1,000", "b", 0, 10.04),
];

Deno.test("renderResults shows medians, ranges and ratios, and leaves out what was not measured", async () => {
  const results = { suite: "fake", conditions: "On paper.", measurements: MEASUREMENTS };
  assertEquals(
    await formatMarkdown(renderResults(FAKE_SUITE, results)),
    `
## Fake

Nothing is measured.

| jobs  | scheduler |              CPU |         ratio |      RSS |
| ----- | --------- | ---------------: | ------------: | -------: |
| 1     | a         | 5.5 µs (3.0–8.0) | 3.5 (3.0–4.0) | 1,234 MB |
|       | b         | 1.5 µs (1.0–2.0) |             1 |          |
| 1,000 | a         |          0.20 µs |         0.020 | 1,234 MB |
|       | b         |          10.0 µs |             1 |          |

Medians of 1 to 2 rounds, with the smallest and the largest in brackets; ratios to "b". On paper.
`.trimStart(),
  );
});

Deno.test("replaceSection puts a section between its markers and touches nothing else", () => {
  const readme = "before\n<!-- bench fake -->\nold\n<!-- end fake -->\nafter";
  const replaced = replaceSection(readme, "fake", "new");
  assertEquals(replaced, "before\n<!-- bench fake -->\n\nnew\n\n<!-- end fake -->\nafter");
  assertThrows(() => replaceSection(readme, "other", "new"), Error, "<!-- bench other -->");
});

Deno.test("bench/README.md shows what was measured last", async () => {
  const readme = words(await Deno.readTextFile(join(BENCH, "README.md")));
  for (const results of await readResults()) {
    const suite = SUITES.find(({ name }) => name === results.suite)!;
    const section = await formatMarkdown(renderResults(suite, results));
    assertStringIncludes(readme, words(section), suite.name);
  }
});

/** Without what the formatter changes. */
function words(text: string): string {
  return text.replace(/\s+/g, " ");
}

Deno.test("READMEs quote only figures that bench/README.md has", async () => {
  const measured = figuresIn(await Deno.readTextFile(join(BENCH, "README.md")));
  const root = join(BENCH, "..");
  const readmes = ["README.md"];
  for await (const { name, isDirectory } of Deno.readDir(join(root, "templates"))) {
    if (isDirectory) readmes.push(join("templates", name, "README.md"));
  }
  let count = 0;
  for (const readme of readmes) {
    const text = await Deno.readTextFile(join(root, readme));
    for (const paragraph of text.split("\n\n").filter((one) => one.includes("[as measured]"))) {
      for (const figure of figuresIn(paragraph)) {
        count++;
        assert(measured.has(figure), `${readme} quotes "${figure}"`);
      }
    }
  }
  assert(count > 0, "no figure found");
});

/** All numbers with a unit. */
function figuresIn(text: string): Set<string> {
  const found = text.matchAll(/\d[\d.,]*\s(?:µs|ms|s|%|MB|MiB)(?!\w)/g);
  return new Set([...found].map(([figure]) => words(figure)));
}
