/**
 * Whether the long variants run, as in `deno task test:full`: every fault, a fleet of devices, many kills. A short variant
 * of each runs always.
 */
export const FULL: boolean = Deno.env.get("TESTS") === "full";
