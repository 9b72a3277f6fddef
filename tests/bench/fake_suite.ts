import type { Suite } from "../../bench/harness/suite.ts";

/** A command that prints a line. */
export function printing(line: string): string[] {
  return [Deno.execPath(), "eval", `console.log("first"); console.log(${JSON.stringify(line)})`];
}

/** A suite of two cases and three variants that print made-up figures. */
export const FAKE_SUITE: Suite = {
  name: "fake",
  title: "Fake",
  about: "Nothing is measured.",
  headings: ["jobs", "scheduler"],
  cases: [{ name: "1", seconds: 1 }, { name: "1,000", seconds: 2, variants: ["a", "b"] }],
  variants: ["a", "b", "c"].map((name) => ({
    name,
    command: () => printing('{ "cpu": 1.5, "rss": 40 }'),
  })),
  figures: [
    { key: "cpu", title: "CPU", unit: "µs", digits: 1, ratio: true },
    { key: "rss", title: "RSS", unit: "MB", spread: false },
  ],
  reference: "b",
};
