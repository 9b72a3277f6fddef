// Only Grafolean's own words about a value cost that value. A 400 in other words comes from something in between.

// The tables are part of the result.
// deno-lint-ignore-file no-console

import { assertEquals, assertGreater } from "@std/assert";
import { delay } from "@std/async/delay";
import { FULL } from "../full.ts";
import { until } from "../until.ts";
import type { Action, Arrival } from "./front.ts";
import { table } from "./ledger.ts";
import { Stage } from "./stage.ts";

const FOR_MS = FULL ? 8000 : 1500;
const STREAM = { jobs: 4, perRun: 5, periodMs: 200 };
const DELIVERIES = ["post", "put"] as const;

const FOREIGN: Readonly<Record<string, string>> = {
  "a port with TLS": "Client sent an HTTP request to an HTTPS server.\n",
  "an empty body": "",
  "the race for a new path": '{"detail":"Invalid input format"}',
  "port 80 of Grafolean with HTTPS": "Please use HTTPS!",
  "a proxy": "<html><head><title>400 Bad Request</title></head></html>",
  "an unknown sentence": "Your request has been blocked",
  "JSON": '{"error":"bad request"}',
};

function valuesOf({ body }: Arrival): { p: string; v: number }[] {
  return JSON.parse(body || "[]");
}

async function playForeign(name: string, body: string, delivery: "post" | "put") {
  await using stage = await Stage.open({ accounts: 2, collector: { delivery } });
  const { front } = stage;
  const streaming = stage.stream({ ...STREAM, forMs: 3 * FOR_MS });
  await delay(FOR_MS);
  let answered = 0;
  front.decide = ({ body: values }) => {
    if (values !== "") answered++;
    return { status: 400, body };
  };
  await Promise.all([delay(FOR_MS), until(() => answered > 0)]);
  front.decide = () => "pass";
  await streaming;
  const missing = await stage.missing();
  const { refused, dropped } = await stage.waiting(0);
  return {
    "400 from": name,
    delivery,
    accepted: stage.accepted.length,
    answered,
    missing,
    refused,
    dropped,
  };
}

Deno.test("Collector loses nothing to a 400 in other words than Grafolean's", async () => {
  const rows = await Promise.all(
    Object.entries(FOREIGN).flatMap(([name, body], number) =>
      (FULL ? DELIVERIES : [DELIVERIES[number % 2]!]).map((delivery) =>
        playForeign(name, body, delivery)
      )
    ),
  );
  console.log(table(rows));
  for (const { missing, refused, dropped, ...row } of rows) {
    assertEquals(
      { missing, refused, dropped },
      { missing: 0, refused: 0, dropped: 0 },
      row["400 from"],
    );
  }
});

interface Genuine {
  readonly name: string;
  readonly isBad: (value: { p: string; v: number }) => boolean;
  readonly text: (value: { p: string; v: number }) => string;
  /** Whether a third of the requests fails with 500 besides. */
  readonly failing?: boolean;
}

const path = ({ p }: { p: string }) => `Invalid PathInputValue format: ${p}`;
const value = () => "Invalid MeasuredValue format: None";

const GENUINE: readonly Genuine[] = [
  { name: "a path", isBad: ({ p }) => p === "job.1.2", text: path },
  {
    name: "a path, while others fail",
    isBad: ({ p }) => p === "job.1.2",
    text: path,
    failing: true,
  },
  { name: "values that no sentence names", isBad: ({ v }) => v % 37 === 0, text: value },
  {
    name: "the same, while others fail",
    isBad: ({ v }) => v % 37 === 0,
    text: value,
    failing: true,
  },
];

async function playGenuine({ name, isBad, text, failing }: Genuine, delivery: "post" | "put") {
  await using stage = await Stage.open({ accounts: 2, collector: { delivery } });
  const { front } = stage;
  let n = 0;
  front.decide = (arrival): Action => {
    if (arrival.body === "") return "pass";
    if (failing && ++n % 3 === 0) return { status: 500, body: "Internal Server Error" };
    const bad = valuesOf(arrival).find(isBad);
    return bad === undefined
      ? "pass"
      : { status: 400, body: `Input validation failed: ${text(bad)}` };
  };
  await stage.stream({ ...STREAM, forMs: 2 * FOR_MS });
  const missing = await stage.missing((sent) => !isBad(sent));
  const { refused, dropped, waiting } = await stage.waiting(0);
  const bad = stage.accepted.filter(isBad).length;
  return {
    "400 for": name,
    delivery,
    accepted: stage.accepted.length,
    bad,
    refused,
    missing,
    dropped,
    waiting,
  };
}

Deno.test("Collector gives up just the value that Grafolean refuses with a 400", async () => {
  const rows = await Promise.all(
    GENUINE.flatMap((genuine, number) =>
      (FULL ? DELIVERIES : [DELIVERIES[number % 2]!]).map((delivery) =>
        playGenuine(genuine, delivery)
      )
    ),
  );
  console.log(table(rows));
  for (const { bad, refused, missing, dropped, waiting, ...row } of rows) {
    assertGreater(bad, 0);
    assertEquals(
      { refused, missing, dropped, waiting },
      { refused: bad, missing: 0, dropped: 0, waiting: 0 },
      row["400 for"],
    );
  }
});
