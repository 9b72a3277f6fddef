import { h } from "../../../web/client/h.js";
/** @import { FaultSwitch } from "../fault_switches.ts" */

/** The switches for faults. */
export class FaultBar {
  element = h("section", { class: "faults", "aria-label": "Faults" });
  #note = h("p", { class: "note", role: "status" });
  /** The paths that are offered, and what they are called. */
  #offered = "";
  /** @type {Map<string, { button: HTMLButtonElement, hits: HTMLElement, path: HTMLSelectElement | undefined }>} */
  #switches = new Map();
  /** @type {readonly FaultSwitch[]} */
  #faults = [];
  #error = "";

  /**
   * Shows the state of the switches.
   *
   * @param {readonly FaultSwitch[]} faults
   */
  show(faults) {
    this.#faults = faults;
    if (this.#switches.size === 0) this.#build();
    for (const { name, on, hits, path } of faults) {
      const parts = this.#switches.get(name);
      if (parts === undefined) continue;
      parts.button.setAttribute("aria-checked", String(on));
      parts.hits.textContent = on || hits > 0 ? String(hits) : "";
      parts.hits.title = `${hits} requests affected since it was switched on`;
      if (parts.path && path && on) this.#choose(parts.path, path);
    }
    this.#showNote();
  }

  /**
   * Offers paths for the fault of one path.
   *
   * @param {readonly { readonly path: string, readonly title: string }[]} paths
   */
  offer(paths) {
    // Nobody looks through more.
    const first = paths.slice(0, 500);
    const offered = JSON.stringify(first.map(({ path, title }) => [path, title]));
    if (offered === this.#offered) return;
    this.#offered = offered;
    for (const { path: select } of this.#switches.values()) {
      if (select === undefined) continue;
      const [chosen] = select.selectedOptions;
      select.replaceChildren(
        ...first.map(({ path, title }) => h("option", { value: path }, title)),
      );
      if (chosen !== undefined) this.#choose(select, chosen.value, chosen.text);
    }
  }

  /**
   * @param {HTMLSelectElement} select
   * @param {string} path
   * @param {string} [title]
   */
  #choose(select, path, title = path) {
    select.value = path;
    if (select.value === path) return;
    select.append(h("option", { value: path }, title));
    select.value = path;
  }

  #build() {
    this.element.replaceChildren(
      h("h2", {}, "Faults"),
      ...this.#faults.map((fault) => this.#switch(fault)),
      this.#note,
    );
  }

  /** @param {FaultSwitch} fault */
  #switch({ name, label, about, path: hasPath }) {
    const hits = h("span", { class: "hits" });
    const button = h(
      "button",
      {
        type: "button",
        role: "switch",
        title: about,
        onclick: () => this.#toggle(name),
      },
      h("span", { class: "knob" }),
      label,
      hits,
    );
    const path = hasPath === undefined ? undefined : h("select", {
      "aria-label": `Path for ${label}`,
      onchange: () => this.#isOn(name) && this.#set(name, true),
    });
    this.#switches.set(name, { button, hits, path });
    return h("span", { class: "fault" }, button, path);
  }

  /** @param {string} name */
  #isOn(name) {
    return this.#faults.find((fault) => fault.name === name)?.on === true;
  }

  /** @param {string} name */
  #toggle(name) {
    return this.#set(name, !this.#isOn(name));
  }

  /**
   * @param {string} name
   * @param {boolean} on
   */
  async #set(name, on) {
    const path = this.#switches.get(name)?.path?.value;
    this.#error = "";
    try {
      const response = await fetch(`page/faults/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ on, path }),
      });
      if (!response.ok) {
        this.#error = response.status === 400 ? "There is no path yet." : await response.text();
      }
    } catch {
      this.#error = "The sandbox does not answer.";
    }
    this.#showNote();
  }

  #showNote() {
    const on = this.#faults.filter((fault) => fault.on);
    const text = on.map(({ about }) => about).join(" ");
    // Only what has changed is read out.
    const note = this.#error || text ||
      "Switch one on and the values wait in the bot; switch it off and they arrive, with their own times.";
    if (this.#note.textContent !== note) this.#note.textContent = note;
    this.#note.classList.toggle("bad", this.#error !== "" || on.length > 0);
    this.element.classList.toggle("active", on.length > 0);
  }
}
