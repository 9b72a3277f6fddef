import { isObject } from "../grafolean/fields.ts";
import { GrafoleanError } from "../util/errors.ts";
import type { AccountContext } from "./context.ts";
import type { SetupChart, SetupDefinition } from "./definition.ts";
import { readDashboards, readId, readWidgets } from "./records.ts";
import { PLANNED } from "./report.ts";

/** The slug of the dashboard of a bot: its name as it may stand in a URL. */
export function dashboardSlug({ name }: SetupDefinition): string {
  return name.toLowerCase().replace(/[^0-9a-z-]+/g, "-").slice(0, 50) || "bot";
}

/** Creates the dashboard and the charts of a device that it lacks. */
export async function ensureDashboard(
  context: AccountContext,
  device: string,
  charts: readonly SetupChart[],
): Promise<void> {
  const { session, definition: { name }, report, account, path } = context;
  const slug = dashboardSlug(context.definition);
  const slugs = account.id === PLANNED
    ? []
    : await session.get(`${path}/dashboards`, readDashboards);
  const exists = slugs.includes(slug);
  if (exists) report.exists(`dashboard "${slug}"`);
  else {
    await report.create(`dashboard "${slug}"`, async () => {
      await createDashboard(context, { name, slug });
      return PLANNED; // it has no id
    });
  }
  const widgets = exists ? await session.get(`${path}/dashboards/${slug}`, readWidgets) : [];
  const shown = widgets.map(pathFiltersOf);
  for (const chart of charts) {
    const title = `${device} ${chart.title}`;
    // People may have changed everything else.
    if (shown.some((paths) => chart.series.every(({ path }) => paths.includes(path)))) {
      report.exists(`chart "${title}"`);
      continue;
    }
    const content = chartContent(chart);
    await report.create(
      `chart "${title}"`,
      () =>
        session.post(
          `${path}/dashboards/${slug}/widgets`,
          { type: "chart", title, p: "default", content },
          readId,
        ),
    );
  }
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

/** What Grafolean's UI writes for a chart. It shows an error, or no axis, if one of the texts of a series is missing. */
function chartContent({ series }: SetupChart): string {
  return JSON.stringify({
    chart_type: "line",
    series_groups: series.map(({ path, label, unit = "", expression = "$1" }) => ({
      path_filter: path,
      renaming: label,
      expression,
      unit,
    })),
  });
}

/** The paths that a widget shows; none if it is no chart. */
function pathFiltersOf(content: string): readonly unknown[] {
  try {
    const json: unknown = JSON.parse(content);
    const groups = isObject(json) ? json.series_groups : undefined;
    return Array.isArray(groups) ? groups.map((group) => isObject(group) && group.path_filter) : [];
  } catch {
    return [];
  }
}
