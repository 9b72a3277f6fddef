import { assertEquals } from "@std/assert";
import { slugify } from "../../../src/testing/backend/slugify.ts";
import { type Caller, detail, invalid, testCalls } from "../caller.ts";
import { INTERNAL, NOT_ALLOWED } from "../fixture.ts";

const TAKEN = detail("Dashboard with this slug already exists");
const NO_DASHBOARD = detail("No such dashboard");
const CHART = { type: "chart", title: "Greenhouse", content: '{"chart_type":"line"}' };
const HINT = " - maybe Content-Type header was not set to application/json?";

/** Adds an account and returns the resource of its dashboards. */
function addAccount(c: Caller): string {
  return `accounts/${c.sandbox.addAccount().id}/dashboards`;
}

testCalls("Sandbox §15 creates, renames and deletes dashboards", async (c) => {
  const dashboards = addAccount(c);
  await c.expect(["POST", dashboards, { name: "Thermo", slug: "thermo" }], 201, {
    slug: "thermo",
  });
  await c.expect(["POST", dashboards, { name: "Other", slug: "thermo" }], 400, TAKEN);
  await c.expect(["POST", dashboards, { name: "Air" }], 201, { slug: "air" });
  await c.expect(["GET", dashboards], 200, {
    list: [{ name: "Air", slug: "air" }, { name: "Thermo", slug: "thermo" }],
  });
  await c.expect(["PUT", `${dashboards}/thermo`, { name: "A thermometer" }], 204, "");
  await c.expect(
    ["GET", `${dashboards}/thermo`],
    200,
    '{"name":"A thermometer","slug":"thermo","widgets":[]}',
  );
  await c.expect(
    ["PUT", `${dashboards}/thermo`, { name: "x", slug: "x" }],
    400,
    invalid("Field 'slug' shouldn't be specified in JSON body"),
  );
  await c.expect(["DELETE", `${dashboards}/thermo`], 200, "");
  await c.expect(["DELETE", `${dashboards}/thermo`], 404, NO_DASHBOARD);
  await c.expect(["GET", `${dashboards}/thermo`], 404, NO_DASHBOARD);
  await c.expect(["PUT", `${dashboards}/thermo`, { name: "x" }], 404, NO_DASHBOARD);
  await c.expect(["GET", `${addAccount(c)}/air`], 404, NO_DASHBOARD);
});

testCalls("Sandbox §15 makes a slug of the name, with a number if it is taken", async (c) => {
  const dashboards = addAccount(c);
  const rows: [string, string][] = [
    ["Thermo", "thermo"],
    ["Thermo", "thermo-2"],
    ["thermo!", "thermo-3"],
    ["---", ""],
    ["a".repeat(50), "a".repeat(40)],
    ["Ä Ö °C / 5%", "a-o-degc-5"],
  ];
  for (const [name, slug] of rows) {
    await c.expect(["POST", dashboards, { name, slug: "" }], 201, { slug });
  }
  await c.expect(["POST", dashboards, { name: "ﬃ".repeat(40) }], 500, INTERNAL);
});

Deno.test("slugify writes what python-slugify writes", () => {
  const rows: [string, string][] = [
    ["it's", "it-s"],
    ["Straße 7,5", "strasse-75"],
    ["½ µm", "1-2-um"],
    ["x_y", "x-y"],
    ["1,000", "1000"],
    ["Łódź – Øst", "lodz-ost"],
    ["²", "2"],
    ["", ""],
  ];
  for (const [text, slug] of rows) assertEquals(slugify(text), slug, text);
});

testCalls("Sandbox §15 refuses invalid dashboards", async (c) => {
  const dashboards = addAccount(c);
  const long = "x".repeat(201);
  const rows: [unknown, string][] = [
    [{}, "'name' is a required property"],
    [{ name: "" }, "'' is too short"],
    [{ name: long }, `'${long}' is too long`],
    [{ name: "a", slug: "a_b" }, "'a_b' does not match '^[0-9a-z-]{0,50}$'"],
    [{ name: "a", id: 1 }, "Additional properties are not allowed ('id' was unexpected)"],
    [[], "[] is not of type 'object'"],
  ];
  for (const [body, text] of rows) await c.expect(["POST", dashboards, body], 400, invalid(text));
});

testCalls("Sandbox §15 takes a slug for taken in an unknown account", async (c) => {
  await c.expect(["POST", "accounts/1/dashboards", { name: "a", slug: "a" }], 400, TAKEN);
});

testCalls("Sandbox §15 puts new widgets below the others of their page", async (c) => {
  const dashboards = addAccount(c);
  await c.json("POST", dashboards, { name: "T", slug: "t" });
  const widgets = `${dashboards}/t/widgets`;
  const first = await c.json("POST", widgets, CHART);
  assertEquals(first, { id: first.id });
  const second = await c.json("POST", widgets, CHART);
  const header = await c.json("POST", widgets, { ...CHART, type: "anything", p: "header" });
  const place = { x: 0, w: 12, h: 10, p: "default" };
  const { content } = CHART;
  const shown = [
    { id: first.id, type: "chart", title: "Greenhouse", ...place, y: 0, content },
    { id: header.id, type: "anything", title: "Greenhouse", ...place, y: 0, p: "header", content },
    { id: second.id, type: "chart", title: "Greenhouse", ...place, y: 10, content },
  ];
  await c.expect(["GET", `${dashboards}/t`], 200, { name: "T", slug: "t", widgets: shown });
  await c.expect(["GET", widgets], 200, { list: shown });
  await c.expect(["GET", `${widgets}/${second.id}`], 200, shown[2]);
  await c.expect(
    ["GET", `${widgets}?paths_limit=x`],
    400,
    detail("Invalid parameter: paths_limit"),
  );
});

testCalls("Sandbox §15 changes a widget in its place, and deletes it", async (c) => {
  const dashboards = addAccount(c);
  for (const slug of ["a", "b"]) await c.json("POST", dashboards, { name: slug, slug });
  await c.json("POST", `${dashboards}/a/widgets`, CHART);
  const { id } = await c.json("POST", `${dashboards}/a/widgets`, CHART);
  const changed = { type: "lastvalue", title: "x", content: "not JSON" };
  await c.expect(["PUT", `${dashboards}/a/widgets/${id}`, changed], 204, "");
  const shown = await c.json("GET", `${dashboards}/a/widgets/${id}`);
  assertEquals(shown, { id, ...changed, x: 0, y: 10, w: 12, h: 10, p: "default" });
  const gone = detail("No such widget");
  const unknown = invalid("Unknown widget id");
  await c.expect(["PUT", `${dashboards}/a/widgets/1`, changed], 400, unknown);
  await c.expect(["PUT", `${dashboards}/b/widgets/${id}`, changed], 404, gone);
  await c.expect(["DELETE", `${dashboards}/b/widgets/${id}`], 404, gone);
  await c.expect(["DELETE", `${dashboards}/x/widgets/${id}`], 404, gone);
  await c.expect(["GET", `${dashboards}/b/widgets/${id}`], 404, gone);
  await c.expect(["DELETE", `${dashboards}/a/widgets/${id}`], 200, "");
  await c.expect(["DELETE", `${dashboards}/a/widgets/${id}`], 404, gone);
  assertEquals((await c.json("GET", `${dashboards}/a`)).widgets.length, 1);
});

testCalls("Sandbox §15 refuses invalid widgets", async (c) => {
  const dashboards = addAccount(c);
  await c.json("POST", dashboards, { name: "t", slug: "t" });
  const rows: [unknown, string][] = [
    [{ type: "chart", title: "x" }, "'content' is a required property"],
    [{ ...CHART, content: {} }, "{} is not of type 'string'"],
    [{ ...CHART, p: "" }, "'' is too short"],
    [
      { ...CHART, x: 0, y: 0 },
      "Additional properties are not allowed ('x', 'y' were unexpected)",
    ],
  ];
  for (const [body, text] of rows) {
    await c.expect(["POST", `${dashboards}/t/widgets`, body], 400, invalid(text));
  }
  const unknown = invalid("Unknown dashboard");
  await c.expect(["POST", `${dashboards}/x/widgets`, CHART], 400, unknown);
  await c.expect(["GET", `${dashboards}/x/widgets`], 400, unknown + HINT);
  await c.expect(["GET", `${dashboards}/x/widgets/1`], 400, unknown + HINT);
  await c.expect(["PUT", `${dashboards}/x/widgets_positions`, []], 400, unknown);
  const long = { ...CHART, type: "x".repeat(251) };
  await c.expect(["POST", `${dashboards}/t/widgets`, long], 500, INTERNAL);
});

testCalls("Sandbox §15 moves widgets, all or none", async (c) => {
  const dashboards = addAccount(c);
  await c.json("POST", dashboards, { name: "t", slug: "t" });
  const widgets = `${dashboards}/t/widgets`;
  const { id } = await c.json("POST", widgets, CHART);
  const positions = `${dashboards}/t/widgets_positions`;
  const place = { x: 6, y: 20, w: 6, h: 5, p: "header" };
  const unknown = { widget_id: 1, ...place };
  await c.expect(["PUT", positions, [unknown, { widget_id: id, ...place }]], 204, "");
  const moved = { id, ...CHART, ...place };
  assertEquals(await c.json("GET", `${widgets}/${id}`), moved);
  const { p: _, ...withoutPage } = place;
  const other = { widget_id: id, x: 0, y: 0, w: 12, h: 1, p: "default" };
  const rows: [unknown, number, string][] = [
    [[other, { widget_id: id, ...withoutPage }], 500, INTERNAL],
    [[{ ...other, w: 13 }], 500, INTERNAL],
    [[{ ...other, y: 40_000 }], 500, INTERNAL],
    [[{ widget_id: id }], 400, invalid("'x' is a required property")],
    [{}, 400, invalid("{} is not of type 'array'")],
  ];
  for (const [body, status, text] of rows) {
    await c.expect(["PUT", positions, body], status, text);
    assertEquals(await c.json("GET", `${widgets}/${id}`), moved, JSON.stringify(body));
  }
  await c.expect(["PUT", positions, []], 204, "");
  await c.expect(["GET", positions], 405, NOT_ALLOWED);
});
