import { readFile } from "node:fs/promises";
import { describeError } from "../util/describe_error.ts";
import { type HealthReport, judgeHealth, type Verdict } from "./health.ts";

/**
 * Reads the report that a bot has written, and judges it.
 *
 * @param file The `HEALTH_FILE` of the bot.
 * @param now The current time, in UNIX seconds.
 */
export async function readHealth(file: string, now = Date.now() / 1000): Promise<Verdict> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const missing = error instanceof Error && (error as { code?: unknown }).code === "ENOENT";
    return {
      ok: false,
      line: missing
        ? `there is no HEALTH_FILE "${file}": the bot was not started in this folder, or with another HEALTH_FILE`
        : `the HEALTH_FILE "${file}" cannot be read: ${describeError(error)}`,
    };
  }
  try {
    return judgeHealth(JSON.parse(text) as HealthReport, now);
  } catch {
    // Another version may have written it, or somebody else.
    return { ok: false, line: `"${file}" is not a HEALTH_FILE of this version` };
  }
}
