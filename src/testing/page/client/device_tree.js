import { h } from "../../../web/client/h.js";
import { pathParts } from "./path_parts.js";
/** @import { TreeAccount, TreeDevice } from "../account_tree.ts" */

/**
 * What is chosen in the tree: everything, an account, a device, or a sensor of it.
 *
 * @typedef {{ account?: number, device?: number, sensor?: number }} Selection
 */

/** The accounts with their devices and sensors, of which one can be chosen. */
export class DeviceTree {
  /** @type {Selection} */
  selected = {};
  /** @type {readonly TreeAccount[]} */
  accounts = [];
  element = h("nav", { class: "tree", "aria-label": "Devices" });
  /** @type {() => void} */
  #onSelect;

  /** @param {() => void} onSelect Called when something else is chosen. */
  constructor(onSelect) {
    this.#onSelect = onSelect;
  }

  /**
   * Shows accounts.
   *
   * @param {readonly TreeAccount[]} accounts
   */
  show(accounts) {
    this.accounts = accounts;
    this.#render();
  }

  /** How many devices are left out. */
  get more() {
    return this.accounts.reduce((sum, { more }) => sum + more, 0);
  }

  /** @param {number} id */
  account(id) {
    return this.accounts.find((account) => account.id === id);
  }

  /**
   * The places of the devices in the tree, by `ACCOUNT DEVICE`.
   *
   * @returns {Map<string, number>}
   */
  order() {
    const ids = this.accounts.flatMap(({ id, devices }) =>
      devices.map((each) => `${id} ${each.id}`)
    );
    return new Map(ids.map((id, index) => [id, index]));
  }

  /** The name of what is chosen. */
  selectedName() {
    const { account: id, device: deviceId, sensor: sensorId } = this.selected;
    const account = this.account(id ?? NaN);
    const device = account?.devices.find((each) => each.id === deviceId);
    const sensor = device?.sensors.find((each) => each.id === sensorId);
    const names = [device?.name ?? account?.name ?? "All devices"];
    if (sensor !== undefined) names.push(sensor.name);
    return names.join(" · ");
  }

  /**
   * Whether a path belongs to what is chosen.
   *
   * @param {number} accountId
   * @param {string} path
   * @returns {boolean}
   */
  matches(accountId, path) {
    const { account, device, sensor } = this.selected;
    if (account !== undefined && account !== accountId) return false;
    if (device === undefined) return true;
    const parts = pathParts(path);
    if (parts === undefined || !this.#isPartOf(parts.device, device)) return false;
    return sensor === undefined || parts.rest.split(".").includes(String(sensor));
  }

  /**
   * Whether a device is another one or a part of it.
   *
   * @param {number} id
   * @param {number} device
   */
  #isPartOf(id, device) {
    const devices = this.account(this.selected.account ?? NaN)?.devices ?? [];
    /** @type {number | null | undefined} */
    let current = id;
    for (let depth = 0; depth < 8 && typeof current === "number"; depth++) {
      if (current === device) return true;
      current = devices.find((each) => each.id === current)?.parent;
    }
    return false;
  }

  #render() {
    const focused = document.activeElement?.getAttribute("data-key");
    /** @type {HTMLElement[]} */
    const items = [this.#item("All devices", "", {}, 0)];
    for (const { id, name, devices, more } of this.accounts) {
      if (this.accounts.length > 1) items.push(this.#item(name, "account", { account: id }, 0));
      const parts = Map.groupBy(devices, ({ parent }) => parent);
      this.#addDevices(items, id, parts, null, 0);
      if (more > 0) items.push(h("p", { class: "muted" }, `and ${more} more devices`));
    }
    this.element.replaceChildren(...items);
    if (focused) {
      /** @type {HTMLElement | null} */
      const again = this.element.querySelector(`[data-key="${focused}"]`);
      again?.focus();
    }
  }

  /**
   * @param {HTMLElement[]} items
   * @param {number} account
   * @param {ReadonlyMap<number | null, readonly TreeDevice[]>} parts By what they are a part of.
   * @param {number | null} parent
   * @param {number} depth
   */
  #addDevices(items, account, parts, parent, depth) {
    for (const device of parts.get(parent) ?? []) {
      items.push(this.#item(device.name, "", { account, device: device.id }, depth));
      // A device whose sensors are of no interest takes up one line.
      if (this.selected.device === device.id && this.selected.account === account) {
        for (const { id, name, interval } of device.sensors) {
          const note = interval === null ? "" : `${interval} s`;
          const sensor = { account, device: device.id, sensor: id };
          items.push(this.#item(name, note, sensor, depth + 1));
        }
      }
      this.#addDevices(items, account, parts, device.id, depth + 1);
    }
  }

  /**
   * @param {string} name
   * @param {string} note
   * @param {Selection} selection
   * @param {number} depth
   */
  #item(name, note, selection, depth) {
    const key = JSON.stringify(Object.values(selection));
    const isSelected = key === JSON.stringify(Object.values(this.selected));
    return h(
      "button",
      {
        type: "button",
        class: `depth-${depth}`,
        "data-key": key,
        "aria-current": isSelected && "true",
        onclick: () => {
          this.selected = selection;
          this.#render();
          this.#onSelect();
        },
      },
      h("span", {}, name),
      h("span", { class: "muted" }, note),
    );
  }
}
