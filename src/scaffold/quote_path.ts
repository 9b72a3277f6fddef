/** Quotes a path for a shell, if need be. */
export function quotePath(path: string, isWindows = false): string {
  if (isWindows) return /[^\w.\\/:-]/.test(path) ? `"${path}"` : path;
  return /[^\w./-]/.test(path) || path.startsWith("-")
    ? `'${path.replaceAll("'", `'\\''`)}'`
    : path;
}
