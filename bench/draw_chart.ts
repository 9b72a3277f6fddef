// Draws scheduler.svg from the figures in results.json.

import { readResults } from "./harness/publish.ts";
import { numbersOf, summarize } from "./harness/statistics.ts";
import { GROWTH, scheduler } from "./suites/scheduler.ts";

/** What is used of ECharts. Its types are not, since `deno check` would download them for everybody. */
interface ECharts {
  init(dom: null, theme: null, options: object): {
    setOption(option: object): void;
    renderToSVGString(): string;
  };
}

/** What ECharts hands to what draws a point. */
interface ChartApi {
  value(dimension: number): number;
  coord(point: readonly number[]): [x: number, y: number];
}

const { init }: ECharts = await import("npm:" + "echarts@6.1.0");

// Colours on a light page; those on a dark page are at the end.
const [TEXT, MUTED, GRID, PAGE] = ["#1f2328", "#59636e", "#d1d9e0", "#ffffff"];
const LOOKS = [
  { variant: "`setInterval` per job", color: "#8250df", symbol: "diamond" },
  { variant: "toad-scheduler", color: "#1a7f37", symbol: "rect" },
  { variant: "croner", color: "#bc4c00", symbol: "triangle" },
  { variant: "this library", color: "#0969da", symbol: "circle" },
];
const DARK = [
  [TEXT, "#f0f6fc"],
  [MUTED, "#9198a1"],
  [GRID, "#3d444d"],
  [PAGE, "#0d1117"],
  ["#8250df", "#ab7df8"],
  ["#1a7f37", "#3fb950"],
  ["#bc4c00", "#db6d28"],
  ["#0969da", "#4493f8"],
];
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const TITLE = "Four schedulers as the number of jobs grows";
const [PANEL_WIDTH, PANEL_HEIGHT, TOP] = [480, 350, 50];
const [WIDTH, HEIGHT] = [2 * PANEL_WIDTH, TOP + PANEL_HEIGHT + 70];

const results = (await readResults()).find(({ suite }) => suite === scheduler.name);
if (results === undefined) throw new Error("There are no results of the scheduler to draw");
const { measurements, conditions } = results;
const rounds = Math.max(...measurements.map(({ round }) => round)) + 1;
const notes = "Asynchronous jobs that do nothing. Both axes are logarithmic. " +
  (rounds === 1 ? "One round." : `Medians of ${rounds} rounds; vertical lines are their ranges.`);

/** The index of each case with the median and the range of a figure. */
function pointsOf(variant: string, key: string): number[][] {
  return GROWTH.flatMap(({ name }, index) => {
    const numbers = [...numbersOf(measurements, { case: name, variant, key }).values()];
    if (numbers.length === 0) return [];
    const { median, min, max } = summarize(numbers);
    return [[index, median, min, max]];
  });
}

/** A line for each scheduler, and a vertical one through each point from the smallest to the largest of all rounds. */
function seriesOf(key: string): object[] {
  return LOOKS.flatMap(({ variant, color, symbol }) => {
    const data = pointsOf(variant, key);
    const isOurs = variant === "this library";
    return [{
      type: "custom",
      data,
      renderItem: (_: unknown, api: ChartApi) => {
        const [x1, y1] = api.coord([api.value(0), api.value(2)]);
        const [x2, y2] = api.coord([api.value(0), api.value(3)]);
        return { type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: color, lineWidth: 2 } };
      },
    }, {
      type: "line",
      data,
      encode: { x: 0, y: 1 },
      color,
      symbol,
      symbolSize: 9,
      lineStyle: { width: isOurs ? 3 : 2 },
      endLabel: {
        show: true,
        formatter: variant.replaceAll("`", ""),
        color,
        fontSize: 13,
        fontWeight: isOurs ? "bold" : "normal",
        distance: 10,
      },
      labelLayout: { moveOverlap: "shiftY" },
    }];
  });
}

/** The growth of a figure, as SVG. */
function drawPanel(title: string, key: string): string {
  const size = { width: PANEL_WIDTH, height: PANEL_HEIGHT };
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  const axisLabel = { color: MUTED, fontSize: 12, lineHeight: 16 };
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: FONT },
    title: {
      text: title,
      left: 20,
      padding: 0,
      textStyle: { fontSize: 14, fontWeight: "normal", color: TEXT },
    },
    grid: { left: 70, width: 270, top: 38, height: 264 },
    xAxis: {
      type: "category",
      boundaryGap: false,
      data: GROWTH.map(({ name }) => name.replace(", each ", " jobs\n")),
      axisLabel: { ...axisLabel, interval: 0 },
      axisLine: { lineStyle: { color: GRID } },
      axisTick: { lineStyle: { color: GRID } },
    },
    yAxis: {
      type: "log",
      axisLabel: { ...axisLabel, formatter: (number: number) => number.toLocaleString("en") },
      splitLine: { lineStyle: { color: GRID } },
    },
    series: seriesOf(key),
  });
  return chart.renderToSVGString();
}

function drawText(text: string, y: number, look: string): string {
  return `<text x="20" y="${y}" font-family="${FONT}" ${look}>${text}</text>`;
}

const dark = DARK.map(([light, dark]) =>
  `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`
).join("");
const svg = `
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-labelledby="title desc">
<title id="title">${TITLE}</title>
<desc id="desc">${notes} ${conditions}</desc>
<style>@media(prefers-color-scheme:dark){${dark}}</style>
<rect width="100%" height="100%" fill="${PAGE}"/>
${drawText(TITLE, 32, `fill="${TEXT}" font-size="18" font-weight="bold"`)}
<g transform="translate(0 ${TOP})">
${drawPanel("How late runs start, 99th percentile, in ms", "p99")}
</g>
<g transform="translate(${PANEL_WIDTH} ${TOP})">
${drawPanel("CPU time per run, in µs", "cpu")}
</g>
${drawText(notes, HEIGHT - 42, `fill="${MUTED}" font-size="12"`)}
${drawText(conditions, HEIGHT - 22, `fill="${MUTED}" font-size="12"`)}
</svg>
`;
await Deno.writeTextFile(new URL("scheduler.svg", import.meta.url), svg.trimStart());
Deno.exit();
