/** @import UPlot from "uplot" */
import { formatNumber, formatTick, formatTime } from "./format.js";
import { h } from "./h.js";

/**
 * A chart of values over time that follows the newest one. A drag zooms; a double click, Escape and a button go back.
 * With the keyboard, arrows move the cursor, and + and - zoom. The legend shows the values at the cursor, or the newest.
 *
 * It draws at most once per frame, and only while it can be seen. It needs the script of uPlot; without that it shows
 * the newest values as text.
 */
export class LiveChart {
  /** @readonly */ element = h("div", { class: "chart", role: "group", tabindex: 0 });
  #reset = h("button", {
    type: "button",
    class: "reset",
    hidden: true,
    onclick: () => this.reset(),
  }, "Reset zoom");
  #text = h("p", { class: "muted" });
  /** @type {number[]} */ #times = [];
  /** @type {(number | null)[][]} */ #columns;
  /** @type {UPlot | undefined} */ #plot;
  /** @type {string[]} */ #colors = [];
  #series;
  #seconds;
  #fromZero;
  #height;
  #maxPoints;
  #zoomed = false;
  #onZoom;
  /** @type {{ readonly min: number, readonly max: number } | undefined} */ #range;
  #visible = false;
  #frame = 0;
  #resize = new ResizeObserver(() => this.#update());
  #intersection = new IntersectionObserver((entries) => {
    this.#visible = entries.at(-1)?.isIntersecting ?? false;
    this.#update();
  });
  #onTheme = () => this.#recolor();

  /**
   * @param {object} options
   * @param {string} options.label What it shows, for those who cannot see it.
   * @param {readonly { readonly label: string, readonly format?: (value: number) => string }[]} options.series
   * @param {number} [options.seconds] How long a time it shows, once it has so much.
   * @param {boolean} [options.fromZero] Whether the values are counts or rates, whose height is to be seen.
   * @param {number} [options.height] In pixels, without the legend.
   * @param {number} [options.maxPoints] How many values it keeps.
   * @param {(range: { min: number, max: number } | undefined) => void} [options.onZoom] Is asked to zoom, or to go back,
   * and calls `show` in turn, for charts that zoom together.
   */
  constructor(
    { label, series, seconds = 300, fromZero = false, height = 160, maxPoints = 5000, onZoom },
  ) {
    this.#fromZero = fromZero;
    this.#onZoom = onZoom;
    this.#series = series;
    this.#columns = series.map(() => []);
    this.#seconds = seconds;
    this.#height = height;
    this.#maxPoints = maxPoints;
    this.element.setAttribute("aria-label", label);
    this.element.append(this.#text, this.#reset);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.#resize.observe(this.element);
    this.#intersection.observe(this.element);
    addEventListener("themechange", this.#onTheme);
  }

  /**
   * Adds values, in any order of time.
   *
   * @param {number} time A UNIX time.
   * @param {readonly (number | null)[]} values One for each series.
   */
  add(time, values) {
    let at = this.#times.length;
    while (at > 0 && /** @type {number} */ (this.#times[at - 1]) > time) at--;
    const known = this.#times[at - 1] === time ? 1 : 0;
    this.#times.splice(at - known, known, time);
    this.#columns.forEach((column, index) =>
      column.splice(at - known, known, values[index] ?? null)
    );
    // Not one by one, which would move all the others each time.
    if (this.#times.length > this.#maxPoints * 1.2) {
      const old = this.#times.length - this.#maxPoints;
      for (const column of [this.#times, ...this.#columns]) column.splice(0, old);
    }
    this.#update();
  }

  /**
   * Replaces all values.
   *
   * @param {readonly number[]} times UNIX times, ascending.
   * @param {readonly (readonly (number | null)[])[]} columns The values, for each series.
   */
  set(times, columns) {
    this.#times = [...times];
    this.#columns = columns.map((column) => [...column]);
    this.#update();
  }

  /**
   * Shows a range of time, whatever the newest value is.
   *
   * @param {{ readonly min: number, readonly max: number }} range UNIX times.
   */
  show(range) {
    this.#range = range;
    this.#update();
  }

  /** Shows the newest values again. */
  reset() {
    this.#onZoom?.(undefined);
    if (this.element.contains(document.activeElement)) this.element.focus();
    this.#zoomed = false;
    this.#update();
  }

  /** Frees what it has outside of its element, and removes that. */
  destroy() {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#intersection.disconnect();
    removeEventListener("themechange", this.#onTheme);
    this.#plot?.destroy();
    this.element.remove();
  }

  #update() {
    if (!this.#visible || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    this.#reset.hidden = !this.#zoomed;
    if (!("uPlot" in globalThis)) {
      const newest = this.#series.map(({ label }, index) => `${label}: ${this.#format(index)}`);
      this.#text.textContent = `${newest.join(", ")}. For charts, install the npm package uplot.`;
      return;
    }
    const width = this.element.clientWidth;
    if (width === 0) return;
    const plot = this.#plot ??= this.#create(width);
    if (plot.width !== width) plot.setSize({ width, height: this.#height });
    plot.batch(() => {
      plot.setData([this.#times, ...this.#columns], false);
      if (!this.#zoomed) {
        const max = this.#times.at(-1) ?? Date.now() / 1000;
        // A new chart fills its width within a minute, whatever it will show later.
        const known = Math.max(60, max - (this.#times[0] ?? max));
        const min = max - Math.min(this.#seconds, known);
        plot.setScale("x", this.#range ?? { min, max });
      }
    });
    this.#showNewest();
  }

  /** @param {number} width */
  #create(width) {
    this.#readColors();
    const text = () => /** @type {string} */ (this.#colors[0]);
    const line = () => /** @type {string} */ (this.#colors[1]);
    const font = `12px ${getComputedStyle(this.element).fontFamily}`;
    const axis = {
      stroke: text,
      font,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1 },
    };
    /** @type {typeof UPlot} */
    const Plot = Reflect.get(globalThis, "uPlot");
    /** @type {UPlot.Options} */
    const options = {
      width,
      height: this.#height,
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: true },
        // By itself it would go up to 100 where all values are 0.
        y: {
          range: (_plot, min, max) =>
            min === 0 && max === 0
              ? [0, 1]
              : Plot.rangeNum(this.#fromZero && max > 0 ? 0 : min, max, 0.1, true),
        },
      },
      series: [
        { label: "Time", value: (_plot, time) => time === null ? "–" : formatTime(time) },
        ...this.#series.map(({ label }, index) => ({
          label,
          width: 1.5,
          points: { size: 5 },
          stroke: () => /** @type {string} */ (this.#colors[index + 2]),
          /** @type {UPlot.Series.Value} */
          value: (_plot, value) => value === null ? "–" : this.#format(index, value),
        })),
      ],
      axes: [
        {
          ...axis,
          space: 70,
          size: 28,
          values: (plot, splits, _axis, _space, increment) => {
            // The right end would cut a label that is centered there.
            const last = plot.bbox.width / devicePixelRatio - 16;
            return splits.map((time) =>
              plot.valToPos(time, "x") > last ? "" : formatTick(time, increment)
            );
          },
        },
        {
          ...axis,
          space: 26,
          size: (_plot, values) =>
            16 + 7 * Math.max(3, ...(values ?? []).map((value) => String(value).length)),
          values: (_plot, splits) => splits.map((value) => this.#format(0, value)),
        },
      ],
      // Elements follow the theme by themselves.
      legend: {
        markers: { stroke: (_plot, index) => `var(--series-${(index - 1) % 6 + 1})` },
      },
      cursor: {
        y: false,
        drag: { x: true, y: false, dist: 5 },
        bind: {
          dblclick: () => () => {
            this.reset();
            return null;
          },
        },
      },
      hooks: {
        setSelect: [(plot) => {
          const { left, width } = plot.select;
          if (width > 0) this.#zoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
        }],
        setCursor: [() => this.#showNewest()],
      },
    };
    this.#text.remove();
    const plot = new Plot(options, [this.#times, ...this.#columns], this.element);
    plot.ctx.canvas.setAttribute("aria-hidden", "true");
    return plot;
  }

  /**
   * @param {number} min
   * @param {number} max
   */
  #zoom(min, max) {
    this.#zoomed = this.#onZoom === undefined;
    this.#onZoom?.({ min, max });
    this.#plot?.setScale("x", { min, max });
    this.#update();
  }

  /** Without a cursor the legend has the newest values. */
  #showNewest() {
    const plot = this.#plot;
    if (plot && typeof plot.cursor.idx !== "number" && this.#times.length > 0) {
      plot.setLegend({ idx: this.#times.length - 1 }, false);
    }
  }

  /**
   * @param {number} index
   * @param {number | null} [value] By default the newest.
   */
  #format(index, value = this.#columns[index]?.at(-1) ?? null) {
    return value === null ? "–" : (this.#series[index]?.format ?? formatNumber)(value);
  }

  /** A canvas needs colors that are resolved: text, lines, then one for each series. */
  #readColors() {
    const probe = h("span", { hidden: true });
    this.element.append(probe);
    const names = ["muted", "border", ...this.#series.map((_, index) => `series-${index % 6 + 1}`)];
    this.#colors = names.map((name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    });
    probe.remove();
  }

  #recolor() {
    if (!this.#plot) return;
    this.#readColors();
    this.#plot.redraw(false);
  }

  /** @param {KeyboardEvent} event */
  #onKey({ key, target, ctrlKey, metaKey, altKey }) {
    const plot = this.#plot;
    if (!plot || target !== this.element || ctrlKey || metaKey || altKey) return;
    const { min = 0, max = 0 } = plot.scales.x ?? {};
    if (min === null || max === null || min === undefined || max === undefined) return;
    const from = plot.valToIdx(min);
    const to = plot.valToIdx(max);
    const current = plot.cursor.idx ?? to;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const next = Math.min(to, Math.max(from, current + (key === "ArrowLeft" ? -1 : 1)));
      plot.setCursor({ left: plot.valToPos(this.#times[next] ?? max, "x"), top: 0 });
    } else if (key === "+" || key === "-") {
      const center = this.#times[current] ?? max;
      const factor = key === "+" ? 0.5 : 2;
      this.#zoom(center - (center - min) * factor, center + (max - center) * factor);
    } else if (key === "Escape") {
      plot.setCursor({ left: -10, top: -10 });
      this.reset();
    }
  }
}
