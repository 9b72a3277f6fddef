import { assertEquals } from "@std/assert";
import { DeviceSelection } from "../../src/discovery/device_selection.ts";

const DEVICES = [
  { id: 1, name: "cellar" },
  { id: 2, name: "attic" },
  { id: 3, name: "cellar" },
  { id: 4, name: "2" },
  { id: undefined, name: "" },
];

Deno.test("DeviceSelection chooses devices by name or id, all of one name", () => {
  const chosen = (...wanted: string[]) => {
    const selection = new DeviceSelection(wanted);
    assertEquals(selection.unknown(DEVICES, true), []);
    return DEVICES.filter((device) => selection.has(device)).map(({ id }) => id);
  };
  assertEquals(chosen("cellar"), [1, 3]);
  assertEquals(chosen("3"), [3]);
  assertEquals(chosen("2"), [2, 4]);
  assertEquals(chosen("attic", "1"), [1, 2]);
});

Deno.test("DeviceSelection names what no device has, and what may be meant", () => {
  const unknown = (...wanted: string[]) => new DeviceSelection(wanted).unknown(DEVICES, true);
  assertEquals(new DeviceSelection(["celar"]).unknown(DEVICES, false), [
    'Cannot find the device "celar" in the accounts that the bot can read',
  ]);
  assertEquals(unknown("celar", "attic"), ['No such device "celar": did you mean "cellar"?']);
  assertEquals(unknown("ATTIC"), ['No such device "ATTIC": did you mean "attic"?']);
  assertEquals(unknown("router", "99", "undefined"), [
    'No such device "router"',
    'No such device "99"',
    'No such device "undefined"',
  ]);
});
