/**
 * The parts of a path: what is before the device, the id of the device, and what is measured on it. Bots put
 * `entity.ID.` at the start, or after their protocol.
 *
 * @param {string} path
 * @returns {{ before: string, device: number, rest: string } | undefined} `undefined` for a path of no device.
 */
export function pathParts(path) {
  const [, before = "", id, rest = ""] = /^((?:[^.]+\.)?)entity\.(\d+)\.(.+)$/.exec(path) ?? [];
  return id === undefined ? undefined : { before, device: Number(id), rest };
}
