import { scriptOf } from "../../web/page.ts";
import { formatDuration, formatNumber, formatTick, formatTime } from "../../web/client/format.js";
import { h } from "../../web/client/h.js";
import { liveEvents } from "../../web/client/live_events.js";
import { LiveChart } from "../../web/client/live_chart.js";
import { themeToggle } from "../../web/client/theme_toggle.js";
import { ChartCard } from "./client/chart_card.js";
import { ChartList } from "./client/chart_list.js";
import { DeviceTree } from "./client/device_tree.js";
import { FaultBar } from "./client/fault_bar.js";
import { pathParts } from "./client/path_parts.js";
import { pathTitle } from "./client/path_title.js";
import { sandboxPage } from "./client/sandbox_page.js";

/** The script of the page. */
export function sandboxScript(): string {
  return scriptOf(
    sandboxPage,
    ChartCard,
    ChartList,
    DeviceTree,
    FaultBar,
    LiveChart,
    liveEvents,
    formatDuration,
    formatNumber,
    formatTick,
    formatTime,
    h,
    pathParts,
    pathTitle,
    themeToggle,
  );
}
