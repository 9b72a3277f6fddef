// Draws bench/scheduler.svg from bench/results.json.

import { join } from "node:path";
import { numbersOf, summarize } from "./harness/statistics.ts";
import { readResults } from "./harness/publish.ts";
import { GROWTH, scheduler } from "./suites/scheduler.ts";

/** What is used of ECharts. Its types are not, since `deno check` would download them for everybody. */
interface ECharts {
  init(
    dom: null,
    theme: null,
    options: { renderer: "svg"; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

/** What ECharts hands to what draws a point. */
interface ChartApi {
  value(dimension: number): number;
  coord(point: readonly number[]): [x: number, y: number];
}

const ECHARTS = "npm:echarts@6.1.0";

const [WIDTH, HEIGHT] = [960, 480];
const TEXT = "#1f2328";
const MUTED = "#59636e";
const GRID = "#d1d9e0";
const CARD = "#ffffff";

/** By `prefers-color-scheme`: what stands for each colour on a dark page. */
const DARK: Readonly<Record<string, string>> = {
  [TEXT]: "#f0f6fc",
  [MUTED]: "#9198a1",
  [GRID]: "#3d444d",
  [CARD]: "#0d1117",
  "#8250df": "#ab7df8",
  "#2da44e": "#3fb950",
  "#0969da": "#4493f8",
  "#bc4c00": "#db6d28",
};

const TITLE = "Four schedulers as the number of jobs grows";
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Told apart by colour and symbol. */
const LOOKS: Readonly<Record<string, { color: string; symbol: string }>> = {
  "`setInterval` per job": { color: "#8250df", symbol: "diamond" },
  "toad-scheduler": { color: "#2da44e", symbol: "rect" },
  "this library": { color: "#0969da", symbol: "circle" },
  croner: { color: "#bc4c00", symbol: "triangle" },
};

interface Panel {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
}

const PANELS: readonly Panel[] = [
  { key: "p99", title: "How late runs start (99th percentile)", unit: "ms" },
  { key: "cpu", title: "CPU time per run", unit: "µs" },
];

const folder = import.meta.dirname!;
const results = (await readResults(folder)).find(({ suite }) => suite === scheduler.name);
if (results === undefined) throw new Error("There are no results of the scheduler to draw");
const { measurements, conditions } = results;

/** The median and the range of a figure for each number of jobs. */
function pointsOf(variant: string, key: string): number[][] {
  return [...GROWTH].flatMap(([jobs, { name }]) => {
    const numbers = [...numbersOf(measurements, { case: name, variant, key }).values()];
    if (numbers.length === 0) return [];
    const { median, min, max } = summarize(numbers);
    return [[jobs, median, min, max]];
  });
}

/** The powers of ten around all points of a figure. */
function decades({ key }: Panel): { min: number; max: number } {
  const numbers = Object.keys(LOOKS).flatMap((variant) =>
    pointsOf(variant, key).flatMap(([, , min, max]) => [min!, max!])
  );
  return {
    min: 10 ** Math.floor(Math.log10(Math.min(...numbers))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...numbers))),
  };
}

/** A vertical line from the smallest to the largest of all rounds. */
function rangeOf(points: readonly number[][], color: string): object {
  return {
    type: "custom",
    data: points,
    silent: true,
    renderItem: (_: unknown, api: ChartApi) => {
      const [x1, y1] = api.coord([api.value(0), api.value(2)]);
      const [x2, y2] = api.coord([api.value(0), api.value(3)]);
      return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: color, lineWidth: 1.5 } };
    },
  };
}

function format(number: number): string {
  return number.toLocaleString("en");
}

function seriesOf({ key }: Panel, index: number): object[] {
  return Object.entries(LOOKS).flatMap(([variant, { color, symbol }]) => {
    const points = pointsOf(variant, key);
    const axes = { xAxisIndex: index, yAxisIndex: index };
    return [{ ...axes, ...rangeOf(points, color) }, {
      ...axes,
      type: "line",
      silent: true,
      name: variant,
      data: points,
      encode: { x: 0, y: 1 },
      color,
      symbol,
      symbolSize: 9,
      lineStyle: { width: variant === "this library" ? 3 : 2 },
      endLabel: {
        show: true,
        formatter: variant.replaceAll("`", ""),
        color,
        fontSize: 13,
        fontWeight: variant === "this library" ? "bold" : "normal",
        distance: 10,
      },
      labelLayout: { moveOverlap: "shiftY" },
    }];
  });
}

const rounds = 1 + Math.max(...measurements.map(({ round }) => round));
const CAPTION = [
  "Jobs that do nothing; both axes are logarithmic. " +
  (rounds === 1
    ? "One round."
    : `Medians of ${rounds} rounds; the vertical lines are their ranges.`) +
  " Croner was not measured with 100,000 jobs.",
  conditions,
].join("\n");

const { init }: ECharts = await import(ECHARTS);
const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
const GAP = 490;
chart.setOption({
  animation: false,
  backgroundColor: CARD,
  textStyle: { fontFamily: FONT, color: TEXT },
  title: [
    {
      text: TITLE,
      left: 20,
      top: 16,
      textStyle: { fontSize: 18, color: TEXT },
    },
    ...PANELS.map(({ title, unit }, index) => ({
      text: `${title}, ${unit}`,
      left: 20 + index * GAP,
      top: 58,
      textStyle: { fontSize: 14, fontWeight: "normal", color: TEXT },
    })),
    {
      text: CAPTION,
      left: 20,
      bottom: 16,
      textStyle: { fontSize: 12, fontWeight: "normal", color: MUTED, lineHeight: 17 },
    },
  ],
  grid: PANELS.map((_, index) => ({ left: 64 + index * GAP, width: 270, top: 96, height: 280 })),
  xAxis: PANELS.map((_, gridIndex) => ({
    gridIndex,
    type: "log",
    min: 100,
    max: 100_000,
    axisLabel: {
      color: MUTED,
      fontSize: 12,
      lineHeight: 16,
      formatter: (jobs: number) => `${format(jobs)} jobs\nevery ${GROWTH.get(jobs)!.args![1]} s`,
    },
    axisLine: { lineStyle: { color: GRID } },
    axisTick: { lineStyle: { color: GRID } },
    splitLine: { show: false },
  })),
  yAxis: PANELS.map((panel, gridIndex) => ({
    gridIndex,
    type: "log",
    ...decades(panel),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: MUTED, fontSize: 12, formatter: format },
    splitLine: { lineStyle: { color: GRID } },
  })),
  series: PANELS.flatMap(seriesOf),
});
await Deno.writeTextFile(join(folder, "scheduler.svg"), accessible(chart.renderToSVGString()));
chart.dispose();

/** Adds a title, a description, and the colours of a dark page. */
function accessible(svg: string): string {
  const swaps = Object.entries(DARK).flatMap(([light, dark]) =>
    ["fill", "stroke"].map((property) => `[${property}="${light}"]{${property}:${dark}}`)
  );
  const head = `<title id="title">${TITLE}</title>` +
    `<desc id="desc">${CAPTION.replaceAll("\n", " ")}</desc>` +
    `<style>@media(prefers-color-scheme:dark){${swaps.join("")}}</style>`;
  return svg.replace(
    /^<svg ([^>]*)>/,
    (_, attributes) => `<svg role="img" aria-labelledby="title desc" ${attributes}>${head}`,
  );
}
