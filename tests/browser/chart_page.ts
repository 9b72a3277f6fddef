import {
  formatDuration,
  formatNumber,
  formatTick,
  formatTime,
} from "../../src/web/client/format.js";
import { h } from "../../src/web/client/h.js";
import { LiveChart } from "../../src/web/client/live_chart.js";
import { readData } from "../../src/web/client/read_data.js";
import { themeToggle } from "../../src/web/client/theme_toggle.js";
import { pageResponse, renderPage, scriptOf } from "../../src/web/page.ts";
import { serve, type WebServer } from "../../src/web/serve.ts";
import { THEME_CSS } from "../../src/web/theme.ts";
import { loadUPlot } from "../../src/web/uplot.ts";
import { chartPage } from "./client/chart_page.js";

/** The script of the page in `client/chart_page.js`. */
export function chartScript(): string {
  const formats = [formatDuration, formatNumber, formatTick, formatTime];
  return scriptOf(chartPage, LiveChart, h, readData, themeToggle, ...formats);
}

/**
 * Serves that page.
 *
 * @param options By default with uPlot, and a script made here.
 */
export async function serveChart(
  { uplot = true, script = chartScript() }: { uplot?: boolean; script?: string } = {},
): Promise<WebServer> {
  const { js, css } = (await loadUPlot())!;
  return await serve((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/page.css") return pageResponse(css + THEME_CSS, "css");
    if (pathname === "/page.js") return pageResponse(script, "js");
    if (pathname === "/uplot.js") return pageResponse(uplot ? js : "", "js");
    const parts = { title: "Chart", stylesheet: "page.css", scripts: ["uplot.js", "page.js"] };
    return pageResponse(renderPage({ ...parts, data: { now: 1_800_000_000 } }), "html");
  }, { port: 0, hostname: "127.0.0.1" });
}
