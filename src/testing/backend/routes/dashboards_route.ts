import type { DashboardRecord } from "../account_records.ts";
import { AnswerError, bareOk, detail, json, noContent, ValidationError } from "../answer.ts";
import type { Exchange, Handlers } from "../exchange.ts";
import { PythonError } from "../python_json.ts";
import { compareText } from "../python_text.ts";
import { slugify } from "../slugify.ts";
import type { State } from "../state.ts";
import { readFields, text } from "./record_fields.ts";
import { widgetList } from "./widgets_route.ts";

const DASHBOARD = {
  type: ["object"],
  properties: {
    name: { type: ["string"], min: 1, max: 200 },
    slug: { type: ["string"], pattern: "^[0-9a-z-]{0,50}$" },
  },
  required: ["name"],
} as const;

/** Longer slugs do not fit into the database. */
const MAX_SLUG = 50;

export const dashboards: Handlers = {
  GET: ({ state }, _, { account }) => {
    const list = [...state.accounts.get(account)?.dashboards.values() ?? []]
      .sort((a, b) => compareText(a.name, b.name))
      .map(({ name, slug }) => ({ name, slug }));
    return json(JSON.stringify({ list }));
  },
  /** Also where the account is unknown, the slug is said to be taken. */
  POST: async ({ state }, exchange, { account }) => {
    const fields = await readDashboard(exchange);
    const known = state.accounts.get(account)?.dashboards;
    const slug = fields.slug || freeSlug(fields.name, (slug) => known?.has(slug) ?? false);
    if (slug.length > MAX_SLUG) throw new PythonError("StringDataRightTruncation");
    if (known === undefined || known.has(slug)) {
      return detail(400, "Dashboard with this slug already exists");
    }
    known.set(slug, { slug, name: fields.name, widgets: [] });
    return json(JSON.stringify({ slug }), 201);
  },
};

export const dashboard: Handlers = {
  GET: ({ state }, _, { account, name }) => {
    const { name: title, slug, widgets } = find(state, account, name);
    return json(
      `{"name":${JSON.stringify(title)},"slug":${JSON.stringify(slug)},"widgets":${
        widgetList(widgets)
      }}`,
    );
  },
  PUT: async ({ state }, exchange, { account, name }) => {
    const fields = await readDashboard(exchange);
    if (fields.slug) {
      throw new ValidationError("Field 'slug' shouldn't be specified in JSON body");
    }
    find(state, account, name).name = fields.name;
    return noContent();
  },
  DELETE: ({ state }, _, { account, name }) => {
    state.accounts.get(account)?.dashboards.delete(find(state, account, name).slug);
    return bareOk();
  },
};

/** @throws {AnswerError} With 404 if the dashboard does not exist. */
function find({ accounts }: State, account: number, slug: string): DashboardRecord {
  const dashboard = accounts.get(account)?.dashboards.get(slug);
  if (dashboard === undefined) throw new AnswerError(detail(404, "No such dashboard"));
  return dashboard;
}

async function readDashboard(
  exchange: Exchange,
): Promise<{ readonly name: string; readonly slug: string }> {
  const fields = await readFields(exchange, DASHBOARD);
  return { name: text(fields.get("name")), slug: (fields.get("slug") ?? "") as string };
}

/** The slug of a name; if it is taken, the first of `slug-2`, `slug-3`, … that is not. */
function freeSlug(name: string, isTaken: (slug: string) => boolean): string {
  const base = slugify([...name].slice(0, 40).join(""));
  let slug = base;
  for (let number = 2; isTaken(slug); number++) slug = `${base}-${number}`;
  return slug;
}
