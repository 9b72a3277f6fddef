// Keeps values in an outbox file as version 0.1.0 did, until it is killed.

// It talks to the test that started it.
// deno-lint-ignore-file no-console

import { DatabaseSync } from "node:sqlite";
import { prepareFirstFormat } from "./first_format.ts";
import { values } from "./values.ts";

const db = new DatabaseSync(Deno.args[0]!);
prepareFirstFormat(db);
const insert = db.prepare("INSERT INTO waiting (account, p, v, t) VALUES (1, ?, ?, ?)");
for (const { p, v, t } of values(0, 500)) insert.run(p, JSON.stringify(v), t);
console.log("done");
setInterval(() => {}, 1000);
