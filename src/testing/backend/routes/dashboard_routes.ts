import type { DashboardRecord } from "../account_records.ts";
import { bare, detail, json, noContent, noSuch, ValidationError } from "../answer.ts";
import type { Call, Routes } from "../exchange.ts";
import { objectOf, TEXT } from "../json_schema.ts";
import { PythonError } from "../python_json.ts";
import { compareText } from "../python_text.ts";
import { slugify } from "../slugify.ts";
import { readFields, text } from "./record_fields.ts";
import { shownWidgets } from "./widget_routes.ts";

const DASHBOARD = objectOf({
  name: { ...TEXT, min: 1, max: 200 },
  slug: { ...TEXT, pattern: "^[0-9a-z-]{0,50}$" },
}, ["name"]);

/** Longer slugs do not fit into the database. */
const MAX_SLUG = 50;

export const dashboardRoutes: Routes = {
  "accounts/{account_id}/dashboards": {
    GET: ({ account }) => {
      const list = [...account?.dashboards.values() ?? []]
        .sort((a, b) => compareText(a.name, b.name))
        .map(({ name, slug }) => ({ name, slug }));
      return json({ list });
    },
    /** In an account that does not exist, every slug counts as taken. */
    POST: async (call) => {
      const fields = await readDashboard(call);
      const known = call.account?.dashboards;
      const slug = fields.slug || freeSlug(fields.name, (slug) => known?.has(slug) ?? false);
      if (slug.length > MAX_SLUG) throw new PythonError("StringDataRightTruncation");
      if (known === undefined || known.has(slug)) {
        return detail(400, "Dashboard with this slug already exists");
      }
      known.set(slug, { slug, name: fields.name, widgets: [] });
      return json({ slug }, 201);
    },
  },
  "accounts/{account_id}/dashboards/{dashboard_slug}": {
    GET: (call) => {
      const { name, slug, widgets } = find(call);
      return json({ name, slug, widgets: shownWidgets(widgets) });
    },
    PUT: async (call) => {
      const fields = await readDashboard(call);
      if (fields.slug) {
        throw new ValidationError("Field 'slug' shouldn't be specified in JSON body");
      }
      find(call).name = fields.name;
      return noContent();
    },
    DELETE: (call) => {
      call.account?.dashboards.delete(find(call).slug);
      return bare(200);
    },
  },
};

function find({ account, name }: Call): DashboardRecord {
  return account?.dashboards.get(name) ?? noSuch("dashboard");
}

async function readDashboard(
  call: Call,
): Promise<{ readonly name: string; readonly slug: string }> {
  const fields = await readFields(call, DASHBOARD);
  return { name: text(fields.get("name")), slug: (fields.get("slug") ?? "") as string };
}

/** The slug of a name; if it is taken, the first of `slug-2`, `slug-3`, … that is not. */
function freeSlug(name: string, isTaken: (slug: string) => boolean): string {
  const base = slugify([...name].slice(0, 40).join(""));
  let slug = base;
  for (let number = 2; isTaken(slug); number++) slug = `${base}-${number}`;
  return slug;
}
