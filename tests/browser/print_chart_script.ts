// A program that is bundled, with the code for the browser in it.
// deno-lint-ignore-file no-console

import { chartScript } from "./chart_page.ts";

console.log(chartScript());
