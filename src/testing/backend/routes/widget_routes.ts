import type { WidgetRecord } from "../account_records.ts";
import { AnswerError, bare, detail, json, noContent, noSuch, ValidationError } from "../answer.ts";
import { type Call, queryOf, type Routes } from "../exchange.ts";
import { objectOf, type Schema, TEXT, validate } from "../json_schema.ts";
import { roundToInteger } from "../numeric.ts";
import { parsePythonJson, type PyDict, PythonError } from "../python_json.ts";
import { pythonInt } from "../python_text.ts";
import { readFields, text } from "./record_fields.ts";

const PAGE: Schema = { ...TEXT, min: 1, max: 20 };
const NUMBER: Schema = { type: ["number"] };
const WIDGET = objectOf(
  { type: TEXT, title: TEXT, p: PAGE, content: TEXT },
  ["type", "title", "content"],
);
const POSITIONS: Schema = {
  type: ["array"],
  items: objectOf(
    { widget_id: NUMBER, x: NUMBER, y: NUMBER, w: NUMBER, h: NUMBER, p: PAGE },
    ["widget_id", "x", "y", "w", "h"],
  ),
};

/** Longer types do not fit into the database. */
const MAX_TYPE = 250;
/** A dashboard is a grid of so many columns. */
const COLUMNS = 12;
const MAX_SMALLINT = 32_767;

const WIDGETS = "accounts/{account_id}/dashboards/{dashboard_slug}/widgets";

export const widgetRoutes: Routes = {
  [WIDGETS]: {
    GET: (call) => {
      checkPathsLimit(call.url);
      return json({ list: shownWidgets(widgetsOf(call)) });
    },
    /** Adds the widget below the others of its page. */
    POST: async (call) => {
      const { type, title, p, content } = await readWidget(call);
      const others = widgetsOf(call);
      const y = Math.max(0, ...others.filter((other) => other.p === p).map(({ y, h }) => y + h));
      const id = call.state.ids.next();
      others.push({ id, type, title, x: 0, y, w: COLUMNS, h: 10, p, content });
      return json({ id }, 201);
    },
  },
  [`${WIDGETS}/{widget_id}`]: {
    GET: (call) => {
      checkPathsLimit(call.url);
      return json(find(widgetsOf(call), call));
    },
    PUT: async (call) => {
      const fields = await readWidget(call);
      const here = widgetsOf(call);
      if (!exists(call)) throw new ValidationError("Unknown widget id");
      Object.assign(find(here, call), fields);
      return noContent();
    },
    DELETE: (call) => {
      const here = call.account?.dashboards.get(call.name)?.widgets ?? [];
      here.splice(here.indexOf(find(here, call)), 1);
      return bare(200);
    },
  },
  /** Moves widgets; those that are unknown are left out. */
  [`${WIDGETS}_positions`]: {
    PUT: async (call) => {
      const body = parsePythonJson(await call.body());
      const here = widgetsOf(call);
      validate(body, POSITIONS);
      const moves = (body as PyDict[]).map((position) => {
        // The schema forgets to require it.
        if (!position.has("p")) throw new PythonError("KeyError: 'p'");
        const widget = here.find(({ id }) => id === Number(position.get("widget_id")));
        return [widget, widget && placeOf(position)] as const;
      });
      for (const [widget, place] of moves) if (widget) Object.assign(widget, place);
      return noContent();
    },
  },
};

function placeOf(position: PyDict): Pick<WidgetRecord, "x" | "y" | "w" | "h" | "p"> {
  const integer = (name: string): number => {
    const value = roundToInteger(position.get(name) as number | bigint);
    if (Math.abs(value) > MAX_SMALLINT) throw new PythonError("NumericValueOutOfRange");
    return value;
  };
  const w = integer("w");
  if (w < 0 || w > COLUMNS) throw new PythonError("CheckViolation");
  const place = { x: integer("x"), y: integer("y"), w, h: integer("h") };
  return { ...place, p: text(position.get("p")) };
}

/** The widgets of the dashboard in the path. */
function widgetsOf({ account, name }: Call): WidgetRecord[] {
  const dashboard = account?.dashboards.get(name);
  if (dashboard === undefined) throw new ValidationError("Unknown dashboard");
  return dashboard.widgets;
}

function find(widgets: readonly WidgetRecord[], { id }: Call): WidgetRecord {
  return widgets.find((widget) => widget.id === id) ?? noSuch("widget");
}

/** Whether any dashboard of any account has the widget. */
function exists({ state, id }: Call): boolean {
  return [...state.accounts.values()].some(({ dashboards }) =>
    [...dashboards.values()].some(({ widgets }) => widgets.some((widget) => widget.id === id))
  );
}

/** From top to bottom, and from left to right. */
export function shownWidgets(widgets: readonly WidgetRecord[]): WidgetRecord[] {
  return [...widgets].sort((a, b) => a.y - b.y || a.x - b.x);
}

/** The content is any text: nobody checks whether it is JSON. */
async function readWidget(
  call: Call,
): Promise<Pick<WidgetRecord, "type" | "title" | "p" | "content">> {
  const fields = await readFields(call, WIDGET);
  const type = text(fields.get("type"));
  if (type.length > MAX_TYPE) throw new PythonError("StringDataRightTruncation");
  return {
    type,
    title: text(fields.get("title")),
    p: text(fields.get("p") ?? "default"),
    content: text(fields.get("content")),
  };
}

function checkPathsLimit(url: URL): void {
  const limit = queryOf(url, "paths_limit");
  if (limit !== undefined && pythonInt(limit) === undefined) {
    throw new AnswerError(detail(400, "Invalid parameter: paths_limit"));
  }
}
