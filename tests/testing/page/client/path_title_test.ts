import { assertEquals } from "@std/assert";
import { pathTitle } from "../../../../src/testing/page/client/path_title.js";

const account = {
  id: 1,
  name: "Home",
  more: 0,
  devices: [
    {
      id: 7,
      name: "switch",
      parent: null,
      protocols: ["snmp"],
      sensors: [{ id: 3, name: "traffic", interval: 60 }, { id: 4, name: "load", interval: 60 }],
    },
    {
      id: 8,
      name: "shop",
      parent: null,
      protocols: ["http"],
      sensors: [{ id: 5, name: "page", interval: 5 }],
    },
  ],
};

Deno.test("pathTitle names the device, its sensor if it has several, and what is measured", () => {
  const rows: [string, string][] = [
    ["entity.7.snmp.3.in", "switch · traffic · in"],
    ["entity.7.snmp.4", "switch · load"],
    ["entity.7.snmp.in.3", "switch · in.3"],
    ["entity.8.http.5.time", "shop · time"],
    ["entity.8.time", "shop · time"],
    ["entity.8.http", "shop · http"],
    ["http.entity.8.lost", "shop · lost"],
    ["other.entity.8.lost", "shop · other.lost"],
    ["entity.9.http.5.time", "entity.9.http.5.time"],
    ["a.b.entity.8.x", "a.b.entity.8.x"],
    ["room.temperature", "room.temperature"],
  ];
  for (const [path, title] of rows) assertEquals(pathTitle(account, path), title, path);
  assertEquals(pathTitle(undefined, "entity.7.snmp.3.in"), "entity.7.snmp.3.in");
});
