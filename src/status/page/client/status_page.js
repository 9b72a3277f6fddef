import { h } from "../../../web/client/h.js";
import { liveEvents } from "../../../web/client/live_events.js";
import { DeliveryPanel } from "./delivery_panel.js";
import { DetailsDialog } from "./details_dialog.js";
import { DeviceSection } from "./device_section.js";
import { ProblemList } from "./problem_list.js";
import { StatusHeader } from "./status_header.js";
import { TableModel } from "./table_model.js";

/** @import { PageEvents, StatusEvent } from "../wire.ts" */

/** Builds the status page and keeps it up to date. */
export function statusPage() {
  let clockOffset = 0;
  /** @type {StatusEvent | undefined} */
  let status;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let updateTimer;
  /**
   * When the connection was lost, by the clock of the browser. Times stand still from then on.
   *
   * @type {number | undefined}
   */
  let lostAt;
  const now = () => (lostAt ?? Date.now() / 1000) + clockOffset;
  const model = new TableModel();
  const details = new DetailsDialog(model, now);
  /** @param {import("./item.js").Item} item */
  const open = (item) => details.open(item);
  const header = new StatusHeader();
  const problems = new ProblemList(model, open);
  const delivery = new DeliveryPanel();
  const devices = new DeviceSection(model, now, open);
  document.body.append(
    header.element,
    h("main", {}, delivery.numbers, problems.element, delivery.element, devices.element),
    details.element,
  );
  setInterval(tick, 1000);
  liveEvents({
    url: "events",
    onLive: () => showLost(undefined),
    onLost: (heardAt) => showLost(lostAt ?? heardAt),
    maxSilence: 20,
    on: {
      bot(/** @type {PageEvents["bot"]} */ bot) {
        header.showBot(bot);
        delivery.addHistory(bot.history);
        model.restart();
      },
      status(/** @type {PageEvents["status"]} */ event) {
        status = event;
        clockOffset = event.now - Date.now() / 1000;
        delivery.show(event);
        devices.setState({ isWaiting: event.state === "waiting" });
        tick();
      },
      problems: (/** @type {PageEvents["problems"]} */ event) => problems.show(event, now()),
      rows(/** @type {PageEvents["rows"]} */ event) {
        model.apply(event);
        updateSoon();
      },
      complete() {
        model.complete();
        devices.setState({ isComplete: true });
        updateSoon();
      },
    },
  });

  /** @param {number | undefined} at */
  function showLost(at) {
    lostAt = at;
    header.showLost(at);
    tick();
  }

  /** Chunks come faster than it makes sense to sort them. */
  function updateSoon() {
    if (updateTimer !== undefined) return;
    updateTimer = setTimeout(() => {
      updateTimer = undefined;
      devices.update();
      details.update();
      problems.onRows();
    }, 100);
  }

  /** Lets times go on. */
  function tick() {
    if (status !== undefined) header.show(status, now());
    problems.tick(now());
    details.update();
    devices.table.render();
  }
}
