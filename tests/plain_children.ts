/**
 * Loaded before the tests: what they start prints without colours, also where `tests/run.ts` asks for them for itself.
 *
 * @module
 */

Deno.env.delete("FORCE_COLOR");
