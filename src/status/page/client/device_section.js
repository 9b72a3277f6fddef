import { h } from "../../../web/client/h.js";
import { columns } from "./columns.js";
import { DeviceTable } from "./device_table.js";
import { readView, writeView } from "./view_state.js";

/** @import { Item } from "./item.js" */
/** @import { TableModel, View } from "./table_model.js" */

/** The table with its filter. What it shows is kept in the address of the page. */
export class DeviceSection {
  #model;
  /** @readonly */ table;
  #filter = h("input", {
    type: "search",
    placeholder: "Filter ( / )",
    "aria-label": "Filter by name, account, job, path or error",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => this.#change({ filter: this.#filter.value }),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onFilterKey(event),
  });
  /** @type {Map<string, { button: HTMLButtonElement, count: HTMLElement }>} */ #states = new Map();
  #sort;
  #empty = h("p", { class: "empty muted", role: "status" });
  #isComplete = false;
  #isWaiting = false;
  /** @readonly */ element;

  /**
   * @param {TableModel} model
   * @param {() => number} now The time on the machine of the bot.
   * @param {(item: Item) => void} onOpen
   */
  constructor(model, now, onOpen) {
    this.#model = model;
    this.table = new DeviceTable({ model, now, onOpen, onSort: (column) => this.#sortBy(column) });
    const options = columns().map(({ name, title }) => h("option", { value: name }, title));
    this.#sort = h(
      "select",
      { onchange: () => this.#sortBy(this.#sort.value) },
      ...options,
    );
    this.element = h(
      "section",
      { class: "devices" },
      h("h2", {}, "Devices"),
      h(
        "div",
        { class: "toolbar" },
        h(
          "div",
          { class: "segments", role: "group", "aria-label": "Show" },
          this.#stateButton("all", "All"),
          this.#stateButton("problems", "Problems"),
          this.#stateButton("unpolled", "Not polled"),
        ),
        this.#filter,
        h("label", { class: "sort" }, "Sort by ", this.#sort),
      ),
      this.table.element,
      this.#empty,
    );
    addEventListener("hashchange", () => this.#readHash());
    addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("input, select, dialog")) return;
      event.preventDefault();
      this.#filter.focus();
      this.#filter.select();
    });
    this.#readHash();
  }

  /** @param {{ isComplete?: boolean, isWaiting?: boolean }} state Whether all rows have come, and the bot waits. */
  setState({ isComplete = this.#isComplete, isWaiting = this.#isWaiting }) {
    this.#isComplete = isComplete;
    this.#isWaiting = isWaiting;
    this.#showEmpty();
  }

  /** Shows what the model has. */
  update() {
    this.#model.update();
    for (const [name, { button, count }] of this.#states) {
      count.textContent = this.#model.counts[/** @type {"all"} */ (name)].toLocaleString("en");
      button.setAttribute("aria-pressed", String(this.#model.view.state === name));
    }
    this.#showEmpty();
    this.table.render();
  }

  #showEmpty() {
    const { shown, view } = this.#model;
    this.#empty.hidden = shown.length > 0;
    this.table.element.hidden = shown.length === 0;
    if (shown.length > 0) return;
    this.#empty.textContent = view.filter !== "" || view.state !== "all"
      ? "No device matches."
      : this.#isWaiting
      ? "The bot does not collect yet."
      : this.#isComplete
      ? "The bot has no jobs, and found no devices."
      : "Loading…";
  }

  /**
   * @param {string} name
   * @param {string} title
   */
  #stateButton(name, title) {
    const count = h("span", { class: "count" }, "0");
    const button = h(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => this.#change({ state: name }) },
      title,
      " ",
      count,
    );
    this.#states.set(name, { button, count });
    return button;
  }

  /** @param {string} column */
  #sortBy(column) {
    // Nobody looks for the shortest run.
    const [first, second] = column === "took" ? ["-took", "took"] : [column, `-${column}`];
    this.#change({ sort: this.#model.view.sort === first ? second : first });
  }

  /** @param {KeyboardEvent} event */
  #onFilterKey(event) {
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      this.table.element.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (this.#filter.value === "") return this.table.element.focus();
      this.#filter.value = "";
      this.#change({ filter: "" });
    }
  }

  /** @param {Partial<View>} change */
  #change(change) {
    this.#model.view = { ...this.#model.view, ...change };
    history.replaceState(null, "", writeView(this.#model.view) || location.pathname);
    this.#show();
  }

  #readHash() {
    this.#model.view = readView(location.hash);
    this.#filter.value = this.#model.view.filter;
    this.#show();
  }

  #show() {
    this.#sort.value = this.#model.view.sort.replace(/^-/, "");
    this.table.showSort();
    this.update();
  }
}
