import { formatDuration, formatTime } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { ageText, agoText, intervalsText, nextText, valueText } from "./columns.js";
import { stateLabel, stateOf } from "./item.js";

/** @import { JobDetails } from "../wire.ts" */
/** @import { Item } from "./item.js" */
/** @import { TableModel } from "./table_model.js" */

/** Shows everything that is known of a row, beside the table. */
export class DetailsDialog {
  /** @readonly */ element;
  #model;
  #now;
  #title = h("h2", { id: "details-title" });
  #facts = h("dl");
  /** @type {Map<string, { term: HTMLElement, value: HTMLElement }>} */ #elements = new Map();
  #error = h("pre");
  #values = h("tbody");
  #valuesTable;
  #note = h("p", { class: "muted" });
  /** @type {string | undefined} */ #key;
  /** What the values shown were asked for with. @type {unknown} */ #line;
  #isLoading = false;

  /**
   * @param {TableModel} model
   * @param {() => number} now The time on the machine of the bot.
   */
  constructor(model, now) {
    this.#model = model;
    this.#now = now;
    const head = [
      h("th", { scope: "col" }, "Path"),
      h("th", { scope: "col", class: "number" }, "Value"),
      h("th", { scope: "col" }, "Time"),
    ];
    this.#valuesTable = h("table", {}, h("thead", {}, h("tr", {}, ...head)), this.#values);
    this.element = h(
      "dialog",
      { class: "details", "aria-labelledby": "details-title" },
      h(
        "header",
        {},
        this.#title,
        h("button", { type: "button", onclick: () => this.element.close() }, "Close"),
      ),
      this.#facts,
      this.#error,
      h("h3", {}, "Last values"),
      this.#valuesTable,
      this.#note,
    );
    this.element.addEventListener("close", () => this.#key = undefined);
    // A click beside it closes it.
    this.element.addEventListener("click", ({ target }) => {
      if (target === this.element) this.element.close();
    });
  }

  /** @param {Item} item */
  open({ row }) {
    this.#key = row.key;
    this.#line = undefined;
    this.#error.textContent = "";
    this.#values.replaceChildren();
    this.#valuesTable.hidden = true;
    this.#note.textContent = row.job === undefined
      ? "None, as the device is not polled."
      : "Loading…";
    if (!this.element.open) this.element.showModal();
    this.element.scrollTop = 0;
    this.update();
  }

  /** Shows what has changed; to be called every second. */
  update() {
    if (this.#key === undefined) return;
    const item = this.#model.get(this.#key);
    if (item === undefined) {
      this.#note.textContent = "This row does not exist any more.";
      return;
    }
    const { row, line } = item;
    this.#title.textContent = row.name;
    const state = stateOf(item);
    this.element.dataset.state = state;
    const now = this.#now();
    const { failingSince, next, last, seconds } = line ?? {};
    /** @type {Record<string, string | undefined>} */
    const facts = {
      State: stateLabel(state),
      Why: row.reason && (row.detail ? `${row.reason}: ${row.detail}` : row.reason),
      "Failing for": failingSince === undefined
        ? ""
        : `${ageText(now - failingSince)}, since ${formatTime(failingSince)}`,
      Account: row.account,
      Device: row.device === undefined ? "" : `id ${row.device}`,
      Job: row.label && row.label !== row.job ? `${row.label} (${row.job})` : row.job,
      Every: intervalsText(row.intervals),
      "Next run": next === undefined ? "" : `${nextText(line, now)}, at ${formatTime(next)}`,
      "Last run": last === undefined ? "" : `${agoText(last, now)}, at ${formatTime(last)}`,
      Took: seconds === undefined ? "" : formatDuration(seconds),
    };
    for (const [name, text = ""] of Object.entries(facts)) this.#setFact(name, text);
    this.#error.hidden = !line?.error;
    if (line?.error !== undefined && this.#error.textContent === "") {
      this.#error.textContent = line.error;
    }
    if (row.job !== undefined && line !== this.#line) void this.#load(row.key, row.job, line);
  }

  /**
   * Leaves what has not changed, as somebody may be selecting it.
   *
   * @param {string} name
   * @param {string} text
   */
  #setFact(name, text) {
    let elements = this.#elements.get(name);
    if (elements === undefined) {
      elements = { term: h("dt", {}, name), value: h("dd") };
      this.#elements.set(name, elements);
      this.#facts.append(elements.term, elements.value);
    }
    elements.term.hidden = elements.value.hidden = text === "";
    if (elements.value.textContent !== text) elements.value.textContent = text;
  }

  /**
   * @param {string} key
   * @param {string} job
   * @param {unknown} line
   */
  async #load(key, job, line) {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      const response = await fetch(`job?${new URLSearchParams({ id: job })}`);
      if (!response.ok) throw new Error(`status ${response.status}`);
      /** @type {JobDetails} */
      const { error, values } = await response.json();
      if (key !== this.#key) return;
      this.#line = line;
      this.#error.textContent = error ?? "";
      this.#error.hidden = error === undefined;
      this.#valuesTable.hidden = values.length === 0;
      this.#note.textContent = values.length === 0 ? "None since the bot was started." : "";
      this.#values.replaceChildren(...values.map(([path, value, at]) =>
        h(
          "tr",
          {},
          h("td", {}, h("code", {}, path)),
          h("td", { class: "number", title: String(value) }, valueText(value)),
          h("td", { class: "time" }, formatTime(at)),
        )
      ));
    } catch {
      // Asked again with the next update; that the connection is lost is shown above the table.
    } finally {
      this.#isLoading = false;
    }
  }
}
