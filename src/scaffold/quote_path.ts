/** Quotes a path for a shell, if need be. */
export function quotePath(path: string, isWindows = false): string {
  if (isWindows) return /[^\w.\\/:-]/.test(path) ? `"${path}"` : path;
  if (path.startsWith("-")) return quotePath(`./${path}`); // no option
  return /[^\w./-]/.test(path) ? `'${path.replaceAll("'", `'\\''`)}'` : path;
}
