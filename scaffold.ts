/**
 * Makes a new bot: `deno run scaffold.ts mybot`, or `deno run jsr:@grafolean/collector/create mybot`. Asks for what it
 * is not told; `--help` lists what it can be told.
 *
 * @module
 */

import { create } from "./src/scaffold/create.ts";
import { denoWorld } from "./src/scaffold/deno_world.ts";

if (import.meta.main) Deno.exit(await create(denoWorld(import.meta.url)));
