/** An escape of JSON that an array does not know; where in doubt, one too many is found. */
const ESCAPED = /\\[^"\\]/;

/** What JSON and an array write alike. */
function isPlain(value: unknown): boolean {
  return typeof value === 'string' || value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

/** What stands for a value within a PostgreSQL array; `undefined` where that is left to the driver. */
function element(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, String.raw`\$&`)}"`;
  if (value instanceof Uint8Array) return `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}"`;
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? `"${String(value)}"` : undefined;
}

/**
 * A list as the text of a PostgreSQL array; the list itself where only the driver knows how (dates, lists of lists). Batches
 * hand over some fifty lists at a time, of which the driver writes each element in several steps. Both JSON and an array put a
 * backslash before a quote and a backslash, and JSON does it fastest.
 */
export function arrayText(list: readonly unknown[]): unknown {
  if (list.every(isPlain)) {
    const json = JSON.stringify(list);
    if (!ESCAPED.test(json)) return `{${json.slice(1, -1)}}`;
  }
  const parts: string[] = [];
  for (const one of list) {
    const text = element(one);
    if (text === undefined) return list;
    parts.push(text);
  }
  return `{${parts.join(',')}}`;
}
