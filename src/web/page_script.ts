import * as format from "./client/format.js";
import * as h from "./client/h.js";
import * as liveChart from "./client/live_chart.js";
import * as liveEvents from "./client/live_events.js";
import * as themeToggle from "./client/theme_toggle.js";
import { type BrowserCode, scriptOf } from "./page.ts";

/** A file of a `client/` folder, by the names of what it exports. */
type ClientModule = Readonly<Record<string, BrowserCode>>;

/**
 * The script of a page.
 *
 * @param main The function that it calls.
 * @param modules What that uses, besides what all pages share.
 */
export function pageScript(main: () => void, modules: readonly ClientModule[]): string {
  const all: readonly ClientModule[] = [format, h, liveChart, liveEvents, themeToggle, ...modules];
  return scriptOf(main, ...all.flatMap((module) => Object.values(module)));
}
