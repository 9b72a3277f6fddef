import { columns } from "./columns.js";
import { naturalKey, stateOf } from "./item.js";

/** @import { JobLine, Row, RowsEvent } from "../wire.ts" */
/** @import { Item } from "./item.js" */

/**
 * What the table shows and in which order.
 *
 * @typedef {object} View
 * @property {string} sort The name of a column, with `-` before it for the other direction.
 * @property {string} filter Words that must all be found.
 * @property {string} state All rows, or only those with `problems` or the `unpolled` ones.
 */

/** The rows of the table: all of them, and those that the view shows, in its order. */
export class TableModel {
  /** @type {Map<string, Item>} */ #items = new Map();
  /** The same in the order of the last time, which is nearly that of the next. @type {Item[]} */ #sorted =
    [];
  #columns = columns();
  #hasRemoved = false;
  /** @type {Map<string, JobLine>} */ #lines = new Map();
  /** The items of each job. @type {Map<string, Set<Item>>} */ #ofJob = new Map();
  /** @type {View} */ view = { sort: "state", filter: "", state: "all" };
  /** The items that the view shows, in its order. @type {Item[]} */ shown = [];
  /** @readonly */ counts = { all: 0, problems: 0, unpolled: 0 };

  /** To be called when a new connection begins to send everything. */
  restart() {
    for (const item of this.#items.values()) item.isSeen = false;
  }

  /** To be called when it has sent everything: what it has not sent is gone. */
  complete() {
    for (const [key, { isSeen }] of this.#items) if (!isSeen) this.#remove(key);
  }

  /** @param {RowsEvent} event */
  apply({ rows, jobs, removed }) {
    for (const key of removed) this.#remove(key);
    for (const row of rows) this.#add(row);
    for (const line of jobs) {
      this.#lines.set(line.job, line);
      for (const item of this.#ofJob.get(line.job) ?? []) {
        item.line = line;
        item.text = undefined;
      }
    }
  }

  /**
   * @param {string} key
   * @returns {Item | undefined}
   */
  get(key) {
    return this.#items.get(key);
  }

  /**
   * Returns the first row of a job.
   *
   * @param {string} jobId
   * @returns {Item | undefined}
   */
  ofJob(jobId) {
    const [first] = this.#ofJob.get(jobId) ?? [];
    return first;
  }

  /** Makes `shown` and `counts` anew. */
  update() {
    const { filter, sort, state } = this.view;
    const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const counts = this.counts;
    counts.all = counts.problems = counts.unpolled = 0;
    this.shown = [];
    this.#sort(sort);
    for (const item of this.#sorted) {
      if (words.length > 0 && !words.every((word) => this.#textOf(item).includes(word))) continue;
      const itsState = stateOf(item);
      const group = itsState === "failing" || itsState === "problem"
        ? "problems"
        : itsState === "unpolled"
        ? "unpolled"
        : undefined;
      counts.all++;
      if (group !== undefined) counts[group]++;
      if (state === "all" || state === group) this.shown.push(item);
    }
  }

  /** @param {Row} row */
  #add(row) {
    const before = this.#items.get(row.key);
    if (before !== undefined) {
      this.#setJob(before, before.row.job, row.job);
      before.row = row;
      before.order = naturalKey(row.name);
      before.text = undefined;
      before.isSeen = true;
      return;
    }
    /** @type {Item} */
    const item = {
      row,
      line: undefined,
      text: undefined,
      order: naturalKey(row.name),
      key: undefined,
      isSeen: true,
    };
    this.#items.set(row.key, item);
    this.#sorted.push(item);
    this.#setJob(item, undefined, row.job);
  }

  /** @param {string} key */
  #remove(key) {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    this.#hasRemoved = true;
    this.#setJob(item, item.row.job, undefined);
  }

  /**
   * @param {Item} item
   * @param {string | undefined} before
   * @param {string | undefined} job
   */
  #setJob(item, before, job) {
    if (before !== undefined && before !== job) {
      const items = this.#ofJob.get(before);
      items?.delete(item);
      if (items?.size === 0) {
        this.#ofJob.delete(before);
        this.#lines.delete(before);
      }
    }
    if (job === undefined) return;
    const items = this.#ofJob.get(job);
    if (items === undefined) this.#ofJob.set(job, new Set([item]));
    else items.add(item);
    item.line = this.#lines.get(job);
  }

  /** @param {Item} item */
  #textOf(item) {
    const { row, line } = item;
    return item.text ??= [
      row.name,
      row.label,
      row.account,
      row.job,
      row.reason,
      row.device,
      line?.error,
      ...(line?.values.map(([path]) => path) ?? []),
    ].join("\n").toLowerCase();
  }

  /**
   * Rows without a value come last in both directions, and equal ones in the order of their names.
   *
   * @param {string} sort
   */
  #sort(sort) {
    const direction = sort.startsWith("-") ? -1 : 1;
    const column = sort.replace(/^-/, "");
    if (this.#hasRemoved) {
      this.#sorted = this.#sorted.filter((item) => this.#items.get(item.row.key) === item);
      this.#hasRemoved = false;
    }
    const key = this.#columns.find(({ name }) => name === column)?.key;
    for (const item of this.#sorted) item.key = key?.(item);
    this.#sorted.sort((one, other) => {
      if (one.key !== other.key) {
        if (one.key === undefined) return 1;
        if (other.key === undefined) return -1;
        return (one.key < other.key ? -1 : 1) * direction;
      }
      if (one.order !== other.order) return one.order < other.order ? -1 : 1;
      return one.row.key < other.row.key ? -1 : 1;
    });
  }
}
