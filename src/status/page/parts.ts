import { pageResponse, renderPage, scriptOf } from "../../web/page.ts";
import { THEME_CSS } from "../../web/theme.ts";
import { loadUPlot } from "../../web/uplot.ts";
import { formatDuration, formatNumber, formatTick, formatTime } from "../../web/client/format.js";
import { h } from "../../web/client/h.js";
import { liveEvents } from "../../web/client/live_events.js";
import { LiveChart } from "../../web/client/live_chart.js";
import { themeToggle } from "../../web/client/theme_toggle.js";
import {
  ageText,
  agoText,
  columns,
  intervalsText,
  nextText,
  stateLabel,
  valuesText,
  valueText,
} from "./client/columns.js";
import { DeliveryPanel } from "./client/delivery_panel.js";
import { DetailsDialog } from "./client/details_dialog.js";
import { DeviceSection } from "./client/device_section.js";
import { DeviceTable } from "./client/device_table.js";
import { ProblemList } from "./client/problem_list.js";
import { StatusHeader } from "./client/status_header.js";
import { statusPage } from "./client/status_page.js";
import { naturalKey, TableModel } from "./client/table_model.js";
import { readView, writeView } from "./client/view_state.js";
import { PAGE_CSS } from "./page_css.ts";

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
      return pageResponse(script(), "js");
    case "uplot.js":
      return pageResponse((await loadUPlot())?.js ?? "", "js");
    case "page.css":
      return pageResponse(`${(await loadUPlot())?.css ?? ""}${THEME_CSS}${PAGE_CSS}`, "css");
  }
  return undefined;
}

function script(): string {
  return scriptOf(
    statusPage,
    StatusHeader,
    ProblemList,
    DeliveryPanel,
    DeviceSection,
    DeviceTable,
    DetailsDialog,
    TableModel,
    LiveChart,
    liveEvents,
    ageText,
    agoText,
    columns,
    intervalsText,
    nextText,
    stateLabel,
    valuesText,
    valueText,
    naturalKey,
    readView,
    writeView,
    formatDuration,
    formatNumber,
    formatTick,
    formatTime,
    h,
    themeToggle,
  );
}
