import { pageResponse, renderPage } from "../../src/web/page.ts";
import { pageScript } from "../../src/web/page_script.ts";
import { serve, type WebServer } from "../../src/web/serve.ts";
import { THEME_CSS } from "../../src/web/theme.ts";
import { loadUPlot } from "../../src/web/uplot.ts";
import { chartPage } from "./client/chart_page.js";

/** The script of the page in `client/chart_page.js`. */
export function chartScript(): string {
  return pageScript(chartPage, []);
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
    return pageResponse(renderPage(parts), "html");
  }, { port: 0, hostname: "127.0.0.1" });
}
