import { formatTime } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { liveEvents } from "../../../web/client/live_events.js";
import { themeToggle } from "../../../web/client/theme_toggle.js";
import { ChartList } from "./chart_list.js";
import { DeviceTree } from "./device_tree.js";
import { FaultBar } from "./fault_bar.js";
/** @import { ValueRow } from "../live_feed.ts" */

/** The page of the sandbox: what is in it, the values as they are stored, and switches for faults. */
export function sandboxPage() {
  const tree = new DeviceTree(() => charts.filter(true));
  const faults = new FaultBar();
  const charts = new ChartList(tree);
  const status = h("span", { class: "status", role: "status" }, "connecting …");
  const count = h("span", { class: "muted" });
  const bot = h("details", { class: "bot", hidden: true });
  document.body.append(
    h(
      "header",
      { class: "page-header" },
      h("h1", {}, "Sandbox"),
      status,
      count,
      h("span", { class: "end" }, themeToggle()),
    ),
    faults.element,
    h("main", {}, tree.element, charts.element, bot),
  );
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, select");
    if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && charts.press(event.key)) {
      event.preventDefault();
    }
  });

  /** @type {number | undefined} */
  let run;
  let lost = false;
  liveEvents({
    url: "page/events",
    onLive() {
      // The server has nothing of before, or more than before.
      charts.restart();
      status.className = "status good";
      status.textContent = lost ? `live again since ${formatTime(Date.now() / 1000)}` : "live";
      lost = false;
    },
    onLost() {
      if (lost) return;
      lost = true;
      status.className = "status bad";
      status.textContent = `connection lost at ${formatTime(Date.now() / 1000)}, trying again …`;
    },
    on: {
      state({ run: now, hasBot, accounts }) {
        tree.show(accounts);
        if (now !== run && run !== undefined) charts.clear();
        charts.filter();
        if (now !== run) showBot(hasBot, run !== undefined);
        run = now;
      },
      faults: (list) => faults.show(list),
      values(
        /** @type {{ now: number, stored: number, missed: number, rows: ValueRow[] }} */ data,
      ) {
        const { now, stored, missed, rows } = data;
        const values = stored === 1 ? "value" : "values";
        count.textContent = `${stored.toLocaleString("en")} ${values} stored`;
        charts.add(rows, now);
        if (missed > 0) charts.restart();
        faults.offer(charts.chosen);
      },
    },
  });

  /**
   * @param {boolean} hasBot
   * @param {boolean} again
   */
  function showBot(hasBot, again) {
    bot.hidden = !hasBot;
    if (!hasBot) return;
    if (!again) {
      // A frame that is not open loads nothing.
      bot.addEventListener("toggle", showFrame);
      bot.open = matchMedia("(min-width: 75rem)").matches;
    }
    showFrame();
  }

  function showFrame() {
    bot.replaceChildren(
      h("summary", {}, "The bot"),
      ...bot.open
        ? [
          h("a", { href: "bot/", target: "_blank" }, "Open alone"),
          h("iframe", { src: "bot/", title: "Status page of the bot" }),
        ]
        : [],
    );
  }
}
