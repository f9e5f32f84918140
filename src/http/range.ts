/**
 * A single byte range of a `Range` header (RFC 9110 §14.2). Several ranges, other units and what is not a range are
 * ignored, as the standard allows: the whole is sent.
 */
export function parseRange(header: string): { first: number; last: number | null } | { suffix: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!match) return undefined;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first === '') return { suffix: Number(last) };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { first: Number(first), last: last === '' ? null : Number(last) };
}
