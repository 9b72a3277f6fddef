import { h } from "../../../web/client/h.js";

/** The time that all charts show, and the buttons that choose it: the last minutes, a pause, or what was zoomed to. */
export class TimeRange {
  /** How far the clock of the sandbox is ahead of the one of this browser, in seconds. */
  clockS = 0;
  #seconds = 60;
  /** @type {{ min: number, max: number } | undefined} */
  #zoom;
  /** @type {number | undefined} When it was paused. */
  #pausedAt;
  #onChange;
  #buttons = Object.entries({ "1 min": 60, "5 min": 300, "30 min": 1800, "All": Infinity }).map((
    [label, seconds],
  ) => ({
    seconds,
    element: h("button", { type: "button", onclick: () => this.#choose(seconds) }, label),
  }));
  #pause = h("button", { type: "button", title: "Pause (p)", onclick: () => this.#togglePause() });
  #reset = h(
    "button",
    { type: "button", title: "Show the present again (Esc)", onclick: () => this.zoom(undefined) },
    "Reset zoom",
  );
  element = h(
    "span",
    { class: "time" },
    h(
      "span",
      { class: "segments", role: "group", "aria-label": "Time range" },
      ...this.#buttons.map(({ element }) => element),
    ),
    this.#pause,
    this.#reset,
  );

  /** @param {() => void} onChange Called when another time is chosen. */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#show();
  }

  /**
   * The time that is shown now.
   *
   * @param {number} firstTime When the first value of any chart was measured, in UNIX seconds.
   * @returns {{ min: number, max: number }}
   */
  current(firstTime) {
    const max = this.#pausedAt ?? this.#now();
    const min = this.#seconds === Infinity ? Math.min(max - 10, firstTime) : max - this.#seconds;
    return this.#zoom ?? { min, max };
  }

  /** @param {{ min: number, max: number } | undefined} zoom */
  zoom(zoom) {
    this.#zoom = zoom;
    this.#change();
  }

  /**
   * Does what a key stands for.
   *
   * @param {string} key
   * @returns {boolean} Whether it stands for something.
   */
  press(key) {
    const button = this.#buttons[Number(key) - 1];
    if (button !== undefined) this.#choose(button.seconds);
    else if (key === "p") this.#togglePause();
    else if (key === "Escape") this.zoom(undefined);
    else return false;
    return true;
  }

  /** @param {number} seconds */
  #choose(seconds) {
    this.#seconds = seconds;
    this.zoom(undefined);
  }

  #togglePause() {
    this.#pausedAt = this.#pausedAt === undefined ? this.#now() : undefined;
    this.#change();
  }

  #change() {
    this.#show();
    this.#onChange();
  }

  #show() {
    for (const { seconds, element } of this.#buttons) {
      element.setAttribute("aria-pressed", String(seconds === this.#seconds));
    }
    const isPaused = this.#pausedAt !== undefined;
    this.#pause.textContent = isPaused ? "Resume" : "Pause";
    this.#pause.setAttribute("aria-pressed", String(isPaused));
    this.#reset.hidden = this.#zoom === undefined;
  }

  #now() {
    return Date.now() / 1000 + this.clockS;
  }
}
