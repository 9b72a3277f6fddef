import { h } from "../../../web/client/h.js";
import { ChartCard } from "./chart_card.js";
import { pathTitle } from "./path_title.js";
import { TimeRange } from "./time_range.js";
/** @import { ValueRow } from "../live_feed.ts" */
/** @import { DeviceTree } from "./device_tree.js" */

/** The charts of the paths that are chosen in the tree and match the filter. */
export class ChartList {
  element = h("section", { class: "charts", "aria-label": "Charts" });
  #tree;
  /** @type {Map<string, ChartCard>} All of them, in the order in which their first values came. */
  #cards = new Map();
  /** @type {ChartCard[]} Those that are chosen. */
  #chosen = [];
  /** @type {ChartCard[]} The first of these, which are in the page. */
  #shown = [];
  #limit = 60;
  /** @type {Set<ChartCard>} Those that can be seen now. */
  #visible = new Set();
  /** @type {Set<ChartCard>} Those that wait for their history. */
  #wanted = new Set();
  #isDue = false;

  #heading = h("h2");
  #search = h("input", {
    type: "search",
    placeholder: "Filter",
    title: "Filter by name or path (/)",
    "aria-label": "Filter by name or path",
    oninput: () => this.filter(true),
  });
  #time = new TimeRange(() => this.#draw());
  #grid = h("div", { class: "grid" });
  #empty = h("p", { class: "muted empty" });
  #end = h("div", { class: "end-of-list" });

  #sight = new IntersectionObserver((entries) => this.#onSight(entries), { rootMargin: "150px" });
  #more = new IntersectionObserver(
    (entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#showMore(),
    { rootMargin: "600px" },
  );

  /** @param {DeviceTree} tree */
  constructor(tree) {
    this.#tree = tree;
    this.element.append(
      h(
        "div",
        { class: "toolbar" },
        this.#heading,
        this.#search,
        this.#time.element,
      ),
      this.#empty,
      this.#grid,
      this.#end,
    );
    this.#more.observe(this.#end);
    this.filter();
    setInterval(() => this.#draw(), 1000);
  }

  /** The charts that are chosen, with path and title. */
  get chosen() {
    return this.#chosen;
  }

  /**
   * Adds values.
   *
   * @param {readonly ValueRow[]} rows
   * @param {number} now The time on the sandbox, in UNIX seconds.
   */
  add(rows, now) {
    this.#time.clockS = now - Date.now() / 1000;
    let isOther = false;
    for (const row of rows) {
      const [account, path] = row;
      const key = `${account} ${path}`;
      let card = this.#cards.get(key);
      if (card === undefined) {
        card = new ChartCard(account, path, (zoom) => this.#time.zoom(zoom));
        this.#cards.set(key, card);
        isOther = true;
      }
      const { varies } = card;
      card.add(row);
      isOther ||= card.varies !== varies;
    }
    if (isOther) this.filter();
    this.#drawSoon();
  }

  /** Forgets all paths, as the sandbox has begun anew. */
  clear() {
    this.#cards.clear();
    this.filter(true);
  }

  /** Reads the values of all charts again, after values were missed. */
  restart() {
    for (const card of this.#visible) this.#want(card);
  }

  /**
   * Shows the charts that are chosen now.
   *
   * @param {boolean} [fromStart] Whether it is another choice.
   */
  filter(fromStart = false) {
    if (fromStart) this.#limit = 60;
    const wanted = this.#search.value.trim().toLowerCase();
    const words = wanted.split(/\s+/);
    /** @type {ChartCard[]} */
    const chosen = [];
    for (const card of this.#cards.values()) {
      if (!this.#tree.matches(card.account, card.path)) continue;
      card.setTitle(pathTitle(this.#tree.account(card.account), card.path));
      const title = card.title.toLowerCase();
      // Not the words in the path: digits would be found in the ids.
      if (words.every((word) => title.includes(word)) || card.path.toLowerCase().includes(wanted)) {
        chosen.push(card);
      }
    }
    this.#heading.textContent = `${this.#tree.selectedName()} `;
    this.#heading.append(
      h(
        "span",
        { class: "muted" },
        `${chosen.length.toLocaleString("en")} ${chosen.length === 1 ? "path" : "paths"}`,
      ),
    );
    this.#empty.hidden = chosen.length > 0;
    this.#empty.textContent = this.#cards.size > 0
      ? `No path matches.${
        this.#tree.more > 0 ? " Devices that are not in the tree have no name here." : ""
      }`
      : `No value has been stored yet. Bots send them to BACKEND_URL=${location.origin}/api`;
    const order = this.#tree.order();
    // What never changes is the least interesting.
    chosen.sort((a, b) =>
      Number(b.varies) - Number(a.varies) ||
      (order.get(a.owner) ?? Infinity) - (order.get(b.owner) ?? Infinity) ||
      a.path.localeCompare(b.path, "en", { numeric: true })
    );
    this.#chosen = chosen;
    this.#show();
  }

  /**
   * Does what a key stands for.
   *
   * @param {string} key
   * @returns {boolean} Whether it stands for something.
   */
  press(key) {
    if (key !== "/") return this.#time.press(key);
    this.#search.focus();
    return true;
  }

  /** Shows the first of those that are chosen. Nobody looks at thousands: more are added as one scrolls. */
  #show() {
    const shown = this.#chosen.slice(0, this.#limit);
    const kept = new Set(shown);
    for (const card of this.#shown) {
      if (kept.has(card)) continue;
      this.#sight.unobserve(card.element);
      this.#hide(card);
    }
    const isSame = shown.length === this.#shown.length &&
      shown.every((card, index) => card === this.#shown[index]);
    if (isSame) return;
    this.#shown = shown;
    this.#grid.replaceChildren(...shown.map(({ element }) => element));
    for (const { element } of shown) this.#sight.observe(element);
  }

  #showMore() {
    if (this.#limit >= this.#chosen.length) return;
    this.#limit += 60;
    this.#show();
  }

  /** @param {readonly IntersectionObserverEntry[]} entries */
  #onSight(entries) {
    for (const { target, isIntersecting } of entries) {
      const card = this.#cards.get(/** @type {HTMLElement} */ (target).dataset.key ?? "");
      if (card === undefined) continue;
      if (!isIntersecting) this.#hide(card);
      else if (!this.#visible.has(card)) {
        this.#visible.add(card);
        this.#want(card);
      }
    }
  }

  /** @param {ChartCard} card */
  #hide(card) {
    this.#visible.delete(card);
    this.#wanted.delete(card);
    card.close();
  }

  /** @param {ChartCard} card */
  #want(card) {
    // Those that come into sight together are read together, and those that only pass by are not.
    if (this.#wanted.size === 0) setTimeout(() => this.#readWanted(), 80);
    this.#wanted.add(card);
  }

  async #readWanted() {
    const cards = [...this.#wanted].slice(0, 25);
    const account = cards[0]?.account;
    const chosen = cards.filter((card) => card.account === account);
    for (const card of chosen) this.#wanted.delete(card);
    if (this.#wanted.size > 0) setTimeout(() => this.#readWanted(), 0);
    if (chosen.length === 0) return;
    for (const card of chosen) card.onRead();
    const query = new URLSearchParams([["account", String(account)]]);
    for (const { path } of chosen) query.append("path", path);
    try {
      const response = await fetch(`page/history?${query}`);
      /** @type {[number[], (number | null)[]][]} */
      const history = await response.json();
      for (const [index, card] of chosen.entries()) {
        const [times, values] = history[index] ?? [[], []];
        if (!this.#visible.has(card)) continue;
        card.open(times, values);
        this.#drawSoon();
        // All at once would make scrolling stutter.
        await new Promise(requestAnimationFrame);
      }
    } catch {
      // The events are broken off too: everything is read again when they are back.
    } finally {
      for (const card of chosen) card.onReadEnd();
    }
  }

  #drawSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const visible = [...this.#visible];
    const range = this.#time.current(Math.min(...visible.map(({ firstTime }) => firstTime)));
    for (const card of visible) card.draw(range);
  }
}
