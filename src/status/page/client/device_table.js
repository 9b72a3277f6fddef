import { h } from "../../../web/client/h.js";
import { columns } from "./columns.js";
import { stateOf } from "./item.js";

/** @import { Item } from "./item.js" */
/** @import { TableModel } from "./table_model.js" */
/** @import { Column } from "./columns.js" */

/**
 * The element of a row that can be seen. It is used again for other rows.
 *
 * @typedef {object} RowElement
 * @property {HTMLElement} element
 * @property {HTMLElement[]} cells
 * @property {string[]} texts
 * @property {number} index
 * @property {string} state
 */

/**
 * A table of which only the rows that can be seen are in the document. The page scrolls, not the table.
 *
 * The focus is on the table, and one row is active: arrows, Page Up, Page Down, Home and End move it, Enter opens it.
 */
export class DeviceTable {
  /** @readonly */ element;
  #model;
  #onOpen;
  /** @type {Column[]} */ #columns;
  /** @type {HTMLElement[]} */ #headers;
  #body = h("div", { class: "rows", role: "rowgroup" });
  #header;
  /** @type {RowElement[]} */ #pool = [];
  #rowHeight = 0;
  /** @type {string | undefined} The key of the active row. */ #active;
  #frame = 0;
  #now = () => Date.now() / 1000;

  /**
   * @param {object} options
   * @param {TableModel} options.model
   * @param {() => number} options.now The time on the machine of the bot.
   * @param {(column: string) => void} options.onSort
   * @param {(item: Item) => void} options.onOpen
   */
  constructor({ model, now, onSort, onOpen }) {
    this.#model = model;
    this.#now = now;
    this.#onOpen = onOpen;
    this.#columns = columns();
    this.#headers = this.#columns.map(({ name, title }) =>
      h(
        "div",
        { class: name, role: "columnheader", "aria-sort": "none" },
        h("button", { type: "button", onclick: () => onSort(name) }, title),
      )
    );
    this.#header = h("div", { class: "header", role: "row", "aria-rowindex": 1 }, ...this.#headers);
    this.element = h(
      "div",
      {
        class: "grid",
        role: "grid",
        tabindex: 0,
        "aria-label": "Devices and jobs",
        "aria-colcount": this.#columns.length,
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
        onfocus: () => this.#onFocus(),
      },
      h("div", { class: "head", role: "rowgroup" }, this.#header),
      this.#body,
    );
    addEventListener("scroll", () => this.render(), { passive: true });
    new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.render();
    }).observe(this.element);
  }

  /** Shows what the model shows, in the next frame. */
  render() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Shows which column the table is sorted by. */
  showSort() {
    const { sort } = this.#model.view;
    for (const [index, { name }] of this.#columns.entries()) {
      const order = sort === name ? "ascending" : sort === `-${name}` ? "descending" : "none";
      this.#headers[index]?.setAttribute("aria-sort", order);
    }
  }

  #draw() {
    const { shown } = this.#model;
    if (this.#rowHeight === 0) this.#measure();
    const height = this.#rowHeight;
    // A table that is hidden has no height.
    if (height === 0) return;
    // Reads of the layout come first, writes after them.
    const top = this.#body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / height) - 4);
    const end = Math.min(shown.length, first + Math.ceil(innerHeight / height) + 9);
    this.#body.style.height = `${shown.length * height}px`;
    this.element.setAttribute("aria-rowcount", String(shown.length + 1));
    while (this.#pool.length < end - first) this.#pool.push(this.#createRow());
    const size = this.#pool.length;
    const used = new Set();
    const now = this.#now();
    let active = "";
    for (let index = first; index < end; index++) {
      const item = shown[index];
      const row = this.#pool[index % size];
      if (item === undefined || row === undefined) continue;
      used.add(row);
      this.#fill(row, item, index, now);
      if (item.row.key === this.#active) active = row.element.id;
    }
    for (const row of this.#pool) {
      if (!used.has(row)) row.element.hidden = true;
    }
    if (active === "") this.element.removeAttribute("aria-activedescendant");
    else this.element.setAttribute("aria-activedescendant", active);
  }

  #measure() {
    const row = this.#pool[0] ?? this.#createRow();
    if (this.#pool.length === 0) this.#pool.push(row);
    row.element.hidden = false;
    this.#rowHeight = row.element.offsetHeight;
    for (const each of this.#pool) each.index = -1;
  }

  /** @returns {RowElement} */
  #createRow() {
    const cells = this.#columns.map(({ name }) => h("div", { class: name, role: "gridcell" }));
    const element = h(
      "div",
      { class: "row", role: "row", id: `row-${this.#pool.length}` },
      ...cells,
    );
    /** @type {RowElement} */
    const row = { element, cells, texts: [], index: -1, state: "" };
    element.addEventListener("click", () => {
      const item = this.#model.shown[row.index];
      if (item === undefined || getSelection()?.type === "Range") return;
      this.#active = item.row.key;
      this.render();
      this.#onOpen(item);
    });
    this.#body.append(element);
    return row;
  }

  /**
   * Writes only what has changed.
   *
   * @param {RowElement} row
   * @param {Item} item
   * @param {number} index
   * @param {number} now
   */
  #fill(row, item, index, now) {
    const { element, cells, texts } = row;
    element.hidden = false;
    if (row.index !== index) {
      row.index = index;
      element.style.transform = `translateY(${index * this.#rowHeight}px)`;
      element.setAttribute("aria-rowindex", String(index + 2));
    }
    const state = stateOf(item);
    if (row.state !== state) element.dataset.state = row.state = state;
    element.classList.toggle("active", item.row.key === this.#active);
    for (const [column, { text }] of this.#columns.entries()) {
      const value = text(item, now);
      const cell = cells[column];
      if (cell === undefined || texts[column] === value) continue;
      texts[column] = value;
      cell.textContent = value;
      // What does not fit can be read by pointing at it.
      cell.title = value.length > 8 ? value : "";
    }
  }

  #onFocus() {
    const { shown } = this.#model;
    if (this.#indexOfActive() === -1) this.#active = shown[0]?.row.key;
    // At once, so that the focus is never nowhere to be seen.
    this.#draw();
  }

  #indexOfActive() {
    return this.#model.shown.findIndex(({ row }) => row.key === this.#active);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const { shown } = this.#model;
    const current = this.#indexOfActive();
    const page = Math.max(1, Math.floor(innerHeight / this.#rowHeight) - 3);
    const steps = new Map([
      ["ArrowDown", current + 1],
      ["ArrowUp", current - 1],
      ["PageDown", current + page],
      ["PageUp", current - page],
      ["Home", 0],
      ["End", shown.length - 1],
    ]);
    const next = steps.get(event.key);
    if (next !== undefined) {
      event.preventDefault();
      this.#activate(Math.max(0, Math.min(shown.length - 1, next)));
    } else if (event.key === "Enter") {
      const item = shown[current];
      if (item === undefined) return;
      event.preventDefault();
      this.#onOpen(item);
    }
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = this.#model.shown[index]?.row.key;
    const top = this.#body.getBoundingClientRect().top + index * this.#rowHeight;
    const covered = this.#header.offsetHeight;
    const below = top + this.#rowHeight - innerHeight;
    if (top < covered) scrollBy(0, top - covered);
    else if (below > 0) scrollBy(0, below);
    this.render();
  }
}
