import { isObject } from "../grafolean/fields.ts";
import { GrafoleanError } from "../util/errors.ts";
import { type AccountContext, readListOf } from "./context.ts";
import type { SetupChart, SetupIds, SetupSeries } from "./definition.ts";
import { readDashboards, readId, readWidgets } from "./records.ts";
import { PLANNED } from "./report.ts";

/** The id that stands for a declared sensor that the device does not have. There are no charts of it. */
export const NO_SENSOR = -1;

/** The dashboard of a bot. */
export interface FoundDashboard {
  readonly slug: string;
  readonly exists: boolean;
  /** The paths that each of its widgets shows. */
  readonly shown: readonly (readonly unknown[])[];
}

/** Finds the dashboard of the bot: by its name as it may stand in a URL. Creates nothing. */
export async function findDashboard(context: AccountContext): Promise<FoundDashboard> {
  const { session, definition, path } = context;
  const slug = definition.name.toLowerCase().replace(/[^0-9a-z-]+/g, "-").slice(0, 50) || "bot";
  const exists = (await readListOf(context, "dashboards", readDashboards)).includes(slug);
  const widgets = exists ? await session.get(`${path}/dashboards/${slug}`, readWidgets) : [];
  return { slug, exists, shown: widgets.map(pathFiltersOf) };
}

/** Whether the dashboard shows something of an entity. */
export function isShown({ shown }: FoundDashboard, entity: number): boolean {
  return shown.flat().some((path) => `${path}`.split(".").includes(`${entity}`));
}

/**
 * Creates the dashboard and the charts of a device that it lacks.
 *
 * @param device The name of the device.
 * @returns All charts of the device.
 */
export async function ensureCharts(
  context: AccountContext,
  { slug, exists, shown }: FoundDashboard,
  device: string,
  ids: SetupIds,
): Promise<readonly SetupChart[]> {
  const { session, definition, report, path } = context;
  if (exists) report.exists(`dashboard "${slug}"`);
  else {
    await report.create(`dashboard "${slug}"`, async () => {
      await createDashboard(context, { name: definition.name, slug });
      return PLANNED; // it has no id
    });
  }
  const charts = definition.charts(ids).filter((chart) => !isOfNoSensor(chart));
  for (const chart of charts) {
    const title = `${device} ${chart.title}`;
    // People may have changed everything else.
    if (shown.some((paths) => chart.series.every(({ path }) => paths.includes(path)))) {
      report.exists(`chart "${title}"`);
      continue;
    }
    const widget = chart.top === undefined ? linesWidget(chart) : listWidget(chart);
    const body = { ...widget, title, p: "default" };
    await report.create(
      `chart "${title}"`,
      () => session.post(`${path}/dashboards/${slug}/widgets`, body, readId),
    );
  }
  return charts;
}

/** Whether a chart is that of a sensor that the device does not have. */
function isOfNoSensor({ series }: SetupChart): boolean {
  return series.some(({ path }) => path.split(".").includes(`${NO_SENSOR}`));
}

async function createDashboard(
  { session, path }: AccountContext,
  data: { readonly name: string; readonly slug: string },
): Promise<void> {
  try {
    await session.post(`${path}/dashboards`, data, () => {});
  } catch (error) {
    // Another setup was faster.
    const isTaken = error instanceof GrafoleanError && error.body?.includes("already exists");
    if (!isTaken) throw error;
  }
}

/** A widget as Grafolean's UI writes it. */
interface Widget {
  readonly type: string;
  readonly content: string;
}

/** The UI shows an error, or no axis, if one of the texts of a series is missing. */
function linesWidget({ series }: SetupChart): Widget {
  const series_groups = series.map(seriesContent);
  return { type: "chart", content: JSON.stringify({ chart_type: "line", series_groups }) };
}

function listWidget({ series, top }: SetupChart): Widget {
  const [first] = series.map(seriesContent);
  const content = { ...first, nentries: top, decimals: 2, calc_percent: true };
  return { type: "topn", content: JSON.stringify(content) };
}

function seriesContent({ path, label, unit = "", expression = "$1" }: SetupSeries) {
  return { path_filter: path, renaming: label, expression, unit };
}

/** The paths that a widget shows; none if it is neither lines nor a list. */
function pathFiltersOf(content: string): readonly unknown[] {
  try {
    const json: unknown = JSON.parse(content);
    if (!isObject(json)) return [];
    const groups = Array.isArray(json.series_groups) ? json.series_groups : [json];
    return groups.map((group) => isObject(group) && group.path_filter);
  } catch {
    return [];
  }
}
