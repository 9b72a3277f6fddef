import { h } from "../../../web/client/h.js";
/** @import { FaultSwitch } from "../fault_switches.ts" */

/** The switches for faults. */
export class FaultBar {
  element = h("section", { class: "faults", "aria-label": "Faults" });
  #note = h("p", { class: "note", role: "status" });
  #paths = h("datalist", { id: "paths" });
  /** @type {Map<string, { button: HTMLButtonElement, hits: HTMLElement, path: HTMLInputElement | undefined }>} */
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
      if (parts.path && path && on) parts.path.value = path;
    }
    this.#showNote();
  }

  /**
   * Offers paths for the fault of one path, the first of them at once.
   *
   * @param {readonly string[]} paths
   */
  offer(paths) {
    const known = this.#paths.children.length;
    // A browser has no use for more.
    this.#paths.append(...paths.slice(known, 500).map((path) => h("option", { value: path })));
    for (const { path } of this.#switches.values()) if (path) path.value ||= paths[0] ?? "";
  }

  #build() {
    this.element.replaceChildren(
      h("h2", {}, "Faults"),
      ...this.#faults.map((fault) => this.#switch(fault)),
      this.#paths,
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
    const path = hasPath === undefined ? undefined : h("input", {
      list: "paths",
      "aria-label": `Path for ${label}`,
      placeholder: "a path",
      spellcheck: "false",
      autocomplete: "off",
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
        this.#error = response.status === 400 ? "Choose a path first." : await response.text();
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
