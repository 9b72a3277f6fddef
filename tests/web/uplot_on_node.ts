// Prints what `loadUPlot` finds.
// deno-lint-ignore-file no-console

import { loadUPlot } from "../../src/web/uplot.ts";

console.log(await loadUPlot());
