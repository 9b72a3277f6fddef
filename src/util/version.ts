/** The version as in `deno.json`, which a test compares. */
export const VERSION = "0.1.0";
