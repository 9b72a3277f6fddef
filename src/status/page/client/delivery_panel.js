import { formatNumber } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { LiveChart } from "../../../web/client/live_chart.js";
import { ageText } from "./columns.js";

/** @import { Sample, StatusEvent } from "../wire.ts" */

/** What becomes of the values: the numbers now, in the first line of the page, and the last 10 minutes as charts. */
export class DeliveryPanel {
  /** @readonly */ numbers = h("dl", { class: "numbers", "aria-label": "Delivery" });
  /** @type {Map<string, HTMLElement>} */ #elements = new Map();
  #sent = this.#chart("Values sent per second");
  #waiting = this.#chart("Values waiting");
  /** @readonly */ element = h(
    "section",
    { class: "charts", "aria-label": "The last 10 minutes" },
    h("figure", {}, h("h2", {}, "Values sent per second"), this.#sent.element),
    h("figure", {}, h("h2", {}, "Values waiting"), this.#waiting.element),
  );
  /** The values that were sent in each of the last seconds. @type {number[]} */ #latest = [];
  #lastAt = 0;

  /** @param {readonly Sample[]} samples */
  addHistory(samples) {
    for (const sample of samples) this.#add(sample);
  }

  /** @param {StatusEvent} status */
  show({ sample, values, answers }) {
    this.#add(sample);
    const { sent, waiting, quarantined, oldestAge, refused, dropped, durable, place } = values;
    this.#set("Sent per second", formatNumber(this.#rate()));
    this.#set("Sent", formatNumber(sent));
    this.#set("Waiting", formatNumber(waiting));
    this.#set(
      "Oldest",
      oldestAge === null ? "–" : ageText(oldestAge),
      oldestAge !== null && oldestAge > 60 && "warning",
    );
    this.#set("Quarantined", formatNumber(quarantined), quarantined > 0 && "warning");
    this.#set("Refused", formatNumber(refused), refused > 0 && "warning");
    this.#set("Dropped", formatNumber(dropped), dropped > 0 && "bad");
    this.#set(
      "Waiting values are in",
      durable ? place.replaceAll('"', "") : place === "memory" ? "memory" : "memory for now",
      !durable && place !== "memory" && "warning",
    );
    const list = answers.map(([status, count]) =>
      `${status === "none" ? "no answer" : status} × ${formatNumber(count)}`
    );
    const isBad = answers.some(([status]) => !/^[23]/.test(status));
    this.#set("Grafolean’s answers, 10 min", list.join(" · ") || "–", isBad && "warning");
  }

  /** @param {Sample} sample */
  #add([at, sent, waiting]) {
    if (at <= this.#lastAt) return;
    this.#lastAt = at;
    this.#latest.push(sent);
    if (this.#latest.length > 10) this.#latest.shift();
    this.#sent.add(at, [this.#rate()]);
    this.#waiting.add(at, [waiting]);
  }

  /** The mean of 10 s: by the second it would go up and down with the intervals of the jobs. */
  #rate() {
    const sum = this.#latest.reduce((sum, sent) => sum + sent, 0);
    return Number((sum / Math.max(1, this.#latest.length)).toPrecision(3));
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {string | false} [state]
   */
  #set(name, value, state = false) {
    let element = this.#elements.get(name);
    if (element === undefined) {
      element = h("dd");
      this.#elements.set(name, element);
      this.numbers.append(h("div", {}, h("dt", {}, name), element));
    }
    element.textContent = value;
    element.className = state || "";
  }

  /** @param {string} label */
  #chart(label) {
    return new LiveChart({
      label: `${label}, the last 10 minutes`,
      series: [{ label }],
      seconds: 600,
      fromZero: true,
      height: 110,
      maxPoints: 650,
    });
  }
}
