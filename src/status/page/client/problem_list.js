import { formatTime } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { ageText } from "./columns.js";

/** @import { ProblemLine, ProblemsEvent } from "../wire.ts" */
/** @import { Item } from "./item.js" */
/** @import { TableModel } from "./table_model.js" */

/**
 * A problem in the list.
 *
 * @typedef {object} Entry
 * @property {HTMLElement} element
 * @property {HTMLElement} message
 * @property {HTMLElement} age
 * @property {HTMLElement} times
 * @property {number} since
 */

/** The problems that are open now, the worst first. */
export class ProblemList {
  #title = h("h2");
  #list = h("ol", { class: "problems" });
  #more = h("button", { type: "button", onclick: () => this.#toggle() });
  /** @readonly */ element = h("section", { hidden: true }, this.#title, this.#list, this.#more);
  /** @type {ProblemsEvent} */ #event = { problems: [], count: 0 };
  #isOpen = false;
  #hasUnknown = false;
  /** What is in the list, in its order, by all that does not change. @type {Map<string, Entry>} */ #entries =
    new Map();
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
    this.#hasUnknown = false;
    this.#showEntries(shown);
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
    for (const { age, since } of this.#entries.values()) {
      age.textContent = `for ${ageText(now - since)}`;
    }
  }

  /** @param {readonly ProblemLine[]} problems */
  #showEntries(problems) {
    /** @type {Map<string, Entry>} */
    const entries = new Map();
    for (const problem of problems) {
      const { level, job, message, since, times } = problem;
      const item = job === undefined ? undefined : this.#model.ofJob(job);
      this.#hasUnknown ||= job !== undefined && item === undefined;
      // Numbers in its message may change each time.
      const cause = message.replaceAll(/\d+(?:\.\d+)?/g, "#");
      const key = JSON.stringify([level, job, cause, since, item?.row.name]);
      const entry = this.#entries.get(key) ?? this.#entry(problem, item);
      if (entry.message.textContent !== message) entry.message.textContent = message;
      entry.times.textContent = `${times.toLocaleString("en")} times`;
      entry.times.hidden = times <= 1;
      entries.set(key, entry);
    }
    const isSame = [...entries.keys()].join() === [...this.#entries.keys()].join();
    this.#entries = entries;
    // A button that is put there again loses the focus.
    if (isSame) return;
    this.#list.replaceChildren(...[...entries.values()].map(({ element }) => element));
  }

  /**
   * @param {ProblemLine} problem
   * @param {Item | undefined} item
   * @returns {Entry}
   */
  #entry({ level, job, since }, item) {
    const age = h("span", { title: `since ${formatTime(since)}` });
    const times = h("span");
    const message = h("span");
    const open = () => {
      const current = this.#model.ofJob(job ?? "");
      if (current !== undefined) this.#onOpen(current);
    };
    const owner = item === undefined
      ? job && h("strong", {}, job)
      : h("button", { type: "button", class: "link", onclick: open }, item.row.name);
    const element = h(
      "li",
      { "data-level": level },
      h("p", {}, owner, message),
      h("p", { class: "muted" }, age, times),
    );
    return { element, message, age, times, since };
  }

  #toggle() {
    this.#isOpen = !this.#isOpen;
    this.show(this.#event, Date.now() / 1000);
  }
}
