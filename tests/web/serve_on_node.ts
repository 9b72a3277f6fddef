// Prints what `exerciseServe` finds.
// deno-lint-ignore-file no-console

import { exerciseServe } from "./serve_exercise.ts";

console.log(JSON.stringify(await exerciseServe()));
