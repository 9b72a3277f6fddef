import { assertEquals } from "@std/assert";
import { detail, invalid, testCalls } from "../caller.ts";
import { FORBIDDEN } from "../fixture.ts";

const ANN = { name: "Ann", email: "ann@example.org", username: "ann", password: "ann's" };
const NOBODY = detail("No such person");

testCalls("Sandbox §12 creates people, who may do nothing at first", async (c) => {
  const { id } = await c.json("POST", "persons", ANN);
  const as = await c.logIn("ann", "ann's");
  await c.expect(["GET", "accounts", undefined, { as }], 200, { list: [] });
  await c.expect(["GET", "persons", undefined, { as }], 403, FORBIDDEN);
  await c.json("POST", `persons/${id}/permissions`, {
    resource_prefix: "persons",
    methods: ["GET"],
  });
  const { list } = await c.json("GET", "persons", undefined, { as });
  assertEquals(list.map(({ username }: { username: string }) => username), ["admin", "ann"]);
  const { password: _, ...shown } = ANN;
  assertEquals(list[1], { user_id: id, ...shown, timezone: "UTC", email_confirmed: true });
});

testCalls("Sandbox §12 shows a person or any user with the permissions", async (c) => {
  const { id } = await c.json("POST", "persons", ANN);
  const granted = { resource_prefix: "persons", methods: ["GET"] };
  const permission = await c.json("POST", `persons/${id}/permissions`, granted);
  const permissions = [{ id: permission.id, ...granted }];
  const { password: _, ...shown } = ANN;
  const person = { user_id: id, ...shown, timezone: "UTC", email_confirmed: true, permissions };
  await c.expect(["GET", `persons/${id}`], 200, person);
  const { name } = ANN;
  await c.expect(["GET", `users/${id}`], 201, {
    user_id: id,
    user_type: "person",
    name,
    permissions,
  });
  const bot = await c.json("POST", "bots", { name: "thermo bot" });
  await c.expect(["GET", `users/${bot.id}`], 201, {
    user_id: bot.id,
    user_type: "bot",
    name: "thermo bot",
    permissions: [],
  });
  await c.expect(["GET", `persons/${bot.id}`], 404, NOBODY);
  await c.expect(["GET", "users/5"], 404, detail("No such user"));
});

testCalls("Sandbox §12 does not tell that a user name or e-mail address is taken", async (c) => {
  await c.json("POST", "persons", ANN);
  await c.expect(["POST", "persons", { ...ANN, email: "b@example.org" }], 201, '{"id":null}');
  await c.expect(["POST", "persons", { ...ANN, username: "b" }], 201, '{"id":null}');
  assertEquals((await c.json("GET", "persons")).list.length, 2);
});

testCalls("Sandbox §12 refuses invalid people", async (c) => {
  const { password: _, ...withoutPassword } = ANN;
  const rows: [unknown, string][] = [
    [withoutPassword, "'password' is a required property"],
    [{ ...ANN, email: "notmail" }, "Invalid email: notmail"],
    [{ ...ANN, id: 1 }, "Additional properties are not allowed ('id' was unexpected)"],
  ];
  for (const [body, text] of rows) await c.expect(["POST", "persons", body], 400, invalid(text));
});

testCalls("Sandbox §12 lets the JWT of a deleted person pass, for next to nothing", async (c) => {
  const account = c.sandbox.addAccount();
  const { id } = await c.json("POST", "persons", ANN);
  await c.json("POST", `persons/${id}/permissions`, { resource_prefix: null, methods: null });
  const as = await c.logIn("ann", "ann's");
  assertEquals((await c.json("GET", "accounts", undefined, { as })).list.length, 1);
  await c.expect(["DELETE", `persons/${id}`], 204, "");
  await c.expect(["GET", "profile", undefined, { as }], 200, {
    user_id: id,
    user_type: "person",
    record: null,
  });
  await c.expect(["GET", "accounts", undefined, { as }], 200, { list: [] });
  await c.expect(["GET", `accounts/${account.id}/bots`, undefined, { as }], 403, FORBIDDEN);
  await c.expect(["DELETE", `persons/${id}`], 404, NOBODY);
  const { username, password } = ANN;
  await c.expect(
    ["POST", "auth/login", { username, password }, { as: null }],
    401,
    detail("Invalid credentials"),
  );
  await c.expect(
    ["DELETE", `persons/${c.admin.id}`],
    403,
    detail("Can't delete yourself"),
  );
});

testCalls("Sandbox §12 reads permissions at each request", async (c) => {
  const { id } = await c.json("POST", "persons", ANN);
  const granted = { resource_prefix: "admin", methods: null };
  const permission = await c.json("POST", `persons/${id}/permissions`, granted);
  const as = await c.logIn("ann", "ann's");
  await c.expect(["GET", "profile/permissions", undefined, { as }], 200, {
    list: [{ id: permission.id, ...granted }],
  });
  assertEquals((await c.call("GET", "admin/accounts", undefined, { as })).status, 200);
  await c.json("DELETE", `users/${id}/permissions/${permission.id}`);
  await c.expect(["GET", "admin/accounts", undefined, { as }], 403, FORBIDDEN);
});
