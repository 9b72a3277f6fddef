import { formatTime } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { ageText } from "./columns.js";

/** @import { ProblemLine, ProblemsEvent } from "../wire.ts" */
/** @import { Item, TableModel } from "./table_model.js" */

/** The problems that are open now, the worst first. */
export class ProblemList {
  #title = h("h2");
  #list = h("ol", { class: "problems" });
  #more = h("button", { type: "button", onclick: () => this.#toggle() });
  /** @readonly */ element = h("section", { hidden: true }, this.#title, this.#list, this.#more);
  /** @type {ProblemsEvent} */ #event = { problems: [], count: 0 };
  #isOpen = false;
  #hasUnknown = false;
  /** @type {{ element: HTMLElement, since: number }[]} */ #ages = [];
  #model;
  #onOpen;

  /**
   * @param {TableModel} model
   * @param {(item: Item) => void} onOpen
   */
  constructor(model, onOpen) {
    this.#model = model;
    this.#onOpen = onOpen;
  }

  /**
   * @param {ProblemsEvent} event
   * @param {number} now
   */
  show(event, now) {
    this.#event = event;
    const { problems, count } = event;
    this.element.hidden = count === 0;
    this.#title.textContent = count === 1
      ? "1 open problem"
      : `${count.toLocaleString("en")} open problems`;
    const few = 3;
    const shown = this.#isOpen ? problems : problems.slice(0, few);
    this.#ages = [];
    this.#hasUnknown = false;
    this.#list.replaceChildren(...shown.map((problem) => this.#item(problem)));
    this.#more.hidden = problems.length <= few;
    this.#more.textContent = this.#isOpen
      ? "Show fewer"
      : `Show ${count > problems.length ? `the worst ${problems.length}` : `all ${count}`}`;
    this.#more.setAttribute("aria-expanded", String(this.#isOpen));
    this.tick(now);
  }

  /** Shows the names of jobs that were not known when the problems came. */
  onRows() {
    if (this.#hasUnknown) this.show(this.#event, Date.now() / 1000);
  }

  /** @param {number} now */
  tick(now) {
    for (const { element, since } of this.#ages) {
      element.textContent = ageText(now - since);
    }
  }

  /**
   * @param {ProblemLine} problem
   * @returns {HTMLElement}
   */
  #item({ level, job, message, since, times }) {
    const age = h("span", { title: `since ${formatTime(since)}` });
    this.#ages.push({ element: age, since });
    const item = job === undefined ? undefined : this.#model.ofJob(job);
    this.#hasUnknown ||= job !== undefined && item === undefined;
    const owner = item === undefined ? job && h("strong", {}, job) : h(
      "button",
      { type: "button", class: "link", onclick: () => this.#onOpen(item) },
      item.row.name,
    );
    return h(
      "li",
      { "data-level": level },
      h("p", {}, owner, message),
      h(
        "p",
        { class: "muted" },
        age,
        times > 1 ? `${times.toLocaleString("en")} times` : undefined,
      ),
    );
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    this.show(this.#event, Date.now() / 1000);
  }
}
