import { pathParts } from "./path_parts.js";
/** @import { TreeAccount, TreeDevice } from "../account_tree.ts" */

/**
 * What a chart is called: the device, its sensor if it has several, and what is measured. A path of no device is its own
 * title.
 *
 * @param {TreeAccount | undefined} account
 * @param {string} path
 * @returns {string}
 */
export function pathTitle(account, path) {
  const found = pathParts(path);
  const device = account?.devices.find((each) => each.id === found?.device);
  if (found === undefined || device === undefined) return path;
  let parts = `${found.before}${found.rest}`.split(".");
  if (parts.length > 1 && device.protocols.includes(parts[0] ?? "")) parts = parts.slice(1);
  const sensor = device.sensors.find((each) => each.id === Number(parts[0]));
  if (sensor === undefined) return `${device.name} · ${parts.join(".")}`;
  const name = parts.slice(1).join(".");
  if (name === "") return `${device.name} · ${sensor.name}`;
  return device.sensors.length > 1
    ? `${device.name} · ${sensor.name} · ${name}`
    : `${device.name} · ${name}`;
}
