/** Quotes a value for a `.env` file: only where needed, as Docker takes quotes for a part of the value. */
export function quoteEnvValue(value: string): string {
  if (!/[\s#$'"\\]/.test(value)) return value;
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}
