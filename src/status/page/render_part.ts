import { pageResponse, renderPage } from "../../web/page.ts";
import { pageScript } from "../../web/page_script.ts";
import { THEME_CSS } from "../../web/theme.ts";
import { loadUPlot } from "../../web/uplot.ts";
import * as columns from "./client/columns.js";
import * as deliveryPanel from "./client/delivery_panel.js";
import * as detailsDialog from "./client/details_dialog.js";
import * as deviceSection from "./client/device_section.js";
import * as deviceTable from "./client/device_table.js";
import * as item from "./client/item.js";
import * as problemList from "./client/problem_list.js";
import * as statusHeader from "./client/status_header.js";
import { statusPage } from "./client/status_page.js";
import * as tableModel from "./client/table_model.js";
import * as viewState from "./client/view_state.js";
import { PAGE_CSS } from "./page_css.ts";

const MODULES = [
  ...[columns, deliveryPanel, detailsDialog, deviceSection, deviceTable],
  ...[item, problemList, statusHeader, tableModel, viewState],
];

/**
 * Answers with a part of the page: the page itself, its scripts or its stylesheet.
 *
 * @param path The path below the address of the page.
 * @param title The title of the page.
 * @returns `undefined` if there is no such part.
 */
export async function renderPart(path: string, title: string): Promise<Response | undefined> {
  switch (path) {
    case "":
      return pageResponse(
        renderPage({ title, stylesheet: "page.css", scripts: ["uplot.js", "page.js"] }),
        "html",
      );
    case "page.js":
      return pageResponse(pageScript(statusPage, MODULES), "js");
    case "uplot.js":
      return pageResponse((await loadUPlot())?.js ?? "", "js");
    case "page.css":
      return pageResponse(`${(await loadUPlot())?.css ?? ""}${THEME_CSS}${PAGE_CSS}`, "css");
  }
  return undefined;
}
