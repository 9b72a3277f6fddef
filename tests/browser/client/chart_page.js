import { h } from "../../../src/web/client/h.js";
import { LiveChart } from "../../../src/web/client/live_chart.js";
import { themeToggle } from "../../../src/web/client/theme_toggle.js";

/** A page with a chart of 300 seconds, 600 being known, and a button that adds a value. */
export function chartPage() {
  let now = 1_800_000_000;
  const chart = new LiveChart({
    label: "Temperature",
    series: [{ label: "inside" }, { label: "outside" }],
  });
  const add = h("button", { type: "button", onclick: () => chart.add(++now, [99, 7]) }, "Add");
  document.body.append(
    h("header", { class: "page-header" }, h("h1", {}, "Chart"), themeToggle(), add),
    h("main", {}, h("div", { class: "card" }, chart.element)),
  );
  for (let time = now - 599; time <= now; time++) {
    chart.add(time, [20 + Math.sin(time / 20), 10 + Math.cos(time / 30)]);
  }
}
