/** What JSON writes in another way than an array does. */
const CONTROL = /[\0-\x1f]/;

/** What stands for a value within a PostgreSQL array; `undefined` where that is left to the driver. */
function element(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') {
    if (!value.includes('"') && !value.includes('\\')) return `"${value}"`;
    // within quotes both put a backslash before these two, and JSON does it fastest
    return CONTROL.test(value) || !value.isWellFormed() ? `"${value.replace(/["\\]/g, '\\$&')}"` : JSON.stringify(value);
  }
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? `"${String(value)}"` : undefined;
}

/**
 * A list as the text of a PostgreSQL array; the list itself where only the driver knows how (dates, bytes, lists of lists). Batches
 * hand over some fifty lists at a time, of which the driver writes each element in several steps.
 */
export function arrayText(list: readonly unknown[]): unknown {
  const parts: string[] = [];
  for (const one of list) {
    const text = element(one);
    if (text === undefined) return list;
    parts.push(text);
  }
  return `{${parts.join(',')}}`;
}
