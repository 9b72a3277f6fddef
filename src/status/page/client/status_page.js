import { h } from "../../../web/client/h.js";
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
  /** @type {number | undefined} When the last event came, by the same clock. */
  let heardAt;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let watchTimer;
  const now = () => (lostAt ?? Date.now() / 1000) + clockOffset;
  const model = new TableModel();
  const details = new DetailsDialog(model, now);
  /** @param {import("./table_model.js").Item} item */
  const open = (item) => details.open(item);
  const header = new StatusHeader();
  const problems = new ProblemList(model, open);
  const delivery = new DeliveryPanel();
  const devices = new DeviceSection(model, now, open);
  document.body.append(
    header.element,
    h("main", {}, problems.element, delivery.element, devices.element),
    details.element,
  );
  setInterval(tick, 1000);
  connect();

  function connect() {
    source?.close();
    const events = source = new EventSource("events");
    watch();
    events.onopen = () => showLost(undefined);
    events.onerror = () => {
      onLost();
      // The server has refused: it is restarting perhaps. In other cases the browser connects again by itself.
      if (events.readyState === EventSource.CLOSED) watch(5000);
    };
    on(events, "bot", (bot) => {
      header.showBot(bot);
      delivery.addHistory(bot.history);
      model.restart();
    });
    on(events, "status", (event) => {
      status = event;
      clockOffset = event.now - Date.now() / 1000;
      delivery.show(event);
      devices.setState({ isWaiting: event.state === "waiting" });
      tick();
    });
    on(events, "problems", (event) => problems.show(event, now()));
    on(events, "rows", (event) => {
      model.apply(event);
      updateSoon();
    });
    on(events, "complete", () => {
      model.complete();
      devices.setState({ isComplete: true });
      updateSoon();
    });
  }

  /** Connects again if nothing comes: a machine or a network that is gone does not even end the connection. */
  function watch(ms = 20_000) {
    clearTimeout(watchTimer);
    watchTimer = setTimeout(() => {
      onLost();
      connect();
    }, ms);
  }

  /** The connection has been lost since the last event, however often connecting has failed since. */
  function onLost() {
    showLost(lostAt ?? heardAt ?? Date.now() / 1000);
  }

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

  /**
   * @template {keyof PageEvents} Name
   * @param {EventSource} events
   * @param {Name} name
   * @param {(data: PageEvents[Name]) => void} listener
   */
  function on(events, name, listener) {
    events.addEventListener(name, ({ data }) => {
      heardAt = Date.now() / 1000;
      watch();
      listener(JSON.parse(data));
    });
  }
}
