import { formatNumber } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { LiveChart } from "../../../web/client/live_chart.js";
import { pathParts } from "./path_parts.js";
/** @import { ValueRow } from "../live_feed.ts" */

/** A path: its newest value, and its chart while that can be seen. */
export class ChartCard {
  title = "";
  /** Whether it has had different values. */
  varies = false;
  /** The time of the first value in the chart, in UNIX seconds. */
  firstTime = Infinity;
  #onZoom;
  #newestTime = -Infinity;
  /** @type {LiveChart | undefined} */
  #chart;
  /** @type {ValueRow | undefined} Not shown yet. */
  #fresh;
  /** How often its values are being read now, and those that came meanwhile: what is read may be without them. */
  #reads = 0;
  /** @type {ValueRow[]} */
  #meanwhile = [];
  #name = h("h3");
  #value = h("strong");
  #place = h("div", { class: "place" });

  /**
   * @param {number} account
   * @param {string} path
   * @param {(zoom: { min: number, max: number } | undefined) => void} onZoom
   */
  constructor(account, path, onZoom) {
    this.account = account;
    this.path = path;
    /** The device that it is about. */
    this.owner = `${account} ${pathParts(path)?.device ?? ""}`;
    this.#onZoom = onZoom;
    this.element = h(
      "article",
      { class: "card", "data-key": `${account} ${path}` },
      h("div", { class: "row" }, this.#name, this.#value),
      h("code", { title: path }, path),
      this.#place,
    );
  }

  /** @param {string} title */
  setTitle(title) {
    if (this.title === title) return;
    this.title = title;
    this.#name.textContent = this.#name.title = title;
  }

  /**
   * Adds a value.
   *
   * @param {ValueRow} row
   */
  add(row) {
    const [, , time, , varies] = row;
    this.varies ||= varies;
    if (this.#reads > 0) this.#meanwhile.push(row);
    this.#plot(row);
    // Late values come after newer ones.
    if (time < this.#newestTime) return;
    this.#newestTime = time;
    this.#fresh = row;
  }

  /** To be called when its values begin to be read, for {@linkcode open}. */
  onRead() {
    this.#reads++;
  }

  /** To be called at the end of that. */
  onReadEnd() {
    if (--this.#reads === 0) this.#meanwhile = [];
  }

  /**
   * Starts the chart.
   *
   * @param {readonly number[]} times
   * @param {readonly (number | null)[]} values
   */
  open(times, values) {
    this.#chart ??= new LiveChart({
      label: this.title,
      series: [{ label: "Value" }],
      height: 130,
      maxPoints: 10_000,
      onZoom: this.#onZoom,
    });
    this.#chart.set(times, [values]);
    for (const row of this.#meanwhile) this.#plot(row);
    this.firstTime = times[0] ?? this.#meanwhile[0]?.[2] ?? Infinity;
    this.#place.append(this.#chart.element);
  }

  /** Ends the chart; the values are read again when it can be seen again. */
  close() {
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  /**
   * Draws what is new.
   *
   * @param {{ min: number, max: number }} range
   */
  draw(range) {
    this.#chart?.show(range);
    if (this.#fresh === undefined) return;
    const [, , , text] = this.#fresh;
    this.#fresh = undefined;
    this.#value.textContent = formatNumber(Number(text));
    this.#value.title = text;
  }

  /** @param {ValueRow} row */
  #plot([, , time, text]) {
    this.#chart?.add(time, [Number.isFinite(Number(text)) ? Number(text) : null]);
  }
}
