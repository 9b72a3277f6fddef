import { formatTime } from "../../../web/client/format.js";
import { h } from "../../../web/client/h.js";
import { themeToggle } from "../../../web/client/theme_toggle.js";
import { ageText, agoText } from "./columns.js";

/** @import { BotEvent, StatusEvent } from "../wire.ts" */

/** Which bot this is, whether it is healthy, and whether this page is still up to date. */
export class StatusHeader {
  #name = h("h1");
  #badge = h("span", { class: "badge" });
  #line = h("p", { class: "cause" });
  #facts = h("ul", { class: "facts" });
  #lost = h("p", { class: "lost", role: "alert", hidden: true });
  /** @readonly */ element = h(
    "header",
    { class: "page-header" },
    h("div", { class: "who" }, this.#name, this.#badge),
    // A page that shows this one has a button of its own.
    h("div", { class: "end", hidden: self !== top }, themeToggle()),
    this.#line,
    this.#facts,
    this.#lost,
  );
  /** @type {BotEvent | undefined} */ #bot;
  #isLost = false;

  /** @param {BotEvent} bot */
  showBot(bot) {
    this.#bot = bot;
    this.#name.textContent = bot.name;
    document.title = `${bot.name} status`;
  }

  /**
   * @param {StatusEvent} status
   * @param {number} now
   */
  show({ ok, line, since, state, reachedAt, refreshedAt }, now) {
    const bot = this.#bot;
    if (bot === undefined) return;
    const isStarting = state === "waiting" || refreshedAt === undefined;
    const starting = state === "waiting" ? "Waiting" : "Starting";
    const health = !ok ? "Unhealthy" : isStarting ? starting : "Healthy";
    const color = !ok ? "bad" : isStarting ? "muted" : "good";
    document.documentElement.dataset.health = ok ? "ok" : "bad";
    this.#badge.textContent = this.#isLost
      ? `Last known: ${health.toLowerCase()}`
      : `${health} for ${ageText(now - since)}`;
    this.#badge.title = `since ${formatTime(since)}`;
    this.#badge.className = `badge ${this.#isLost ? "muted" : color}`;
    // The line begins with the name and the health, which are shown above.
    this.#line.textContent = line.replace(/^.*? is (?:(?:un)?healthy|starting): /, "");
    const facts = [
      `Started ${agoText(bot.startedAt, now)}`,
      reachedAt === undefined
        ? "Grafolean has not answered yet"
        : `Grafolean answered ${agoText(reachedAt, now)}`,
      refreshedAt !== undefined && `Jobs refreshed ${agoText(refreshedAt, now)}`,
      bot.version && `${bot.name} ${bot.version}`,
      `@grafolean/collector ${bot.library}`,
      bot.runtime,
    ].filter((fact) => typeof fact === "string" && fact !== "");
    while (this.#facts.children.length < facts.length) this.#facts.append(h("li"));
    for (const [index, element] of [...this.#facts.children].entries()) {
      element.textContent = facts[index] || "";
    }
  }

  /** @param {number | undefined} since When the connection was lost, by the clock of the browser. */
  showLost(since) {
    this.#isLost = since !== undefined;
    this.#lost.hidden = since === undefined;
    document.documentElement.classList.toggle("is-lost", since !== undefined);
    if (since === undefined) return;
    this.#lost.textContent = `Connection lost at ${formatTime(since)}. ` +
      "The page shows what was known then, and tries to connect again.";
  }
}
