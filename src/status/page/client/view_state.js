/** @import { View } from "./table_model.js" */

/**
 * Reads a view from the hash of an address, so that it can be bookmarked and shared.
 *
 * @param {string} hash
 * @returns {View}
 */
export function readView(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  const state = params.get("state");
  return {
    sort: params.get("sort") || "state",
    filter: params.get("filter") ?? "",
    state: state === "problems" || state === "unpolled" ? state : "all",
  };
}

/**
 * @param {View} view
 * @returns {string} The hash; empty for the view without one.
 */
export function writeView({ sort, filter, state }) {
  const params = new URLSearchParams();
  if (state !== "all") params.set("state", state);
  if (sort !== "state") params.set("sort", sort);
  if (filter !== "") params.set("filter", filter);
  return params.size === 0 ? "" : `#${params}`;
}
