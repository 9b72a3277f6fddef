import type { Suite } from "../../bench/harness/suite.ts";

/** The command of a shell script; the arguments that follow are its `$1`, `$2` and so on. */
export function shell(script: string): readonly string[] {
  return ["sh", "-c", script, "sh"];
}

/** A suite of two cases and three variants that print made-up figures. */
export const FAKE_SUITE: Suite = {
  name: "fake",
  title: "Fake",
  about: "Nothing is measured.",
  headings: ["jobs", "scheduler"],
  cases: [
    { name: "1", args: ["1"], seconds: 1, rounds: 2 },
    { name: "1,000", args: ["1000"], seconds: 2, variants: ["a", "b"] },
  ],
  quickArgs: ["0.1"],
  variants: ["a", "b", "c"].map((name) => ({
    name,
    command: shell(`echo first; echo '{ "cpu": 1.5, "rss": 40, "other": "x" }'`),
  })),
  figures: [
    { key: "cpu", title: "CPU", unit: "µs", ratio: true },
    { key: "rss", title: "RSS", unit: "MB" },
  ],
  reference: "b",
};
