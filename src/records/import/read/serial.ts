const DAY = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const LAST = 2_958_466; // the day after 9999-12-31

/**
 * A spreadsheet's serial day as local time `YYYY-MM-DDTHH:mm:ss`, to the nearest second. Day 60 of the 1900 system is
 * 29 February 1900, which never was, so days before it stand one later. `undefined` when it is no day at all.
 */
export function serialToLocal(serial: number, date1904 = false): string | undefined {
  if (!Number.isFinite(serial) || serial < 0 || serial >= LAST) return undefined;
  if (!date1904 && Math.floor(serial) === 60) return undefined;
  const shifted = !date1904 && serial < 60 ? serial + 1 : serial;
  const time = (date1904 ? EPOCH_1904 : EPOCH_1900) + Math.round((shifted * DAY) / 1000) * 1000;
  return new Date(time).toISOString().slice(0, 19);
}

const BUILT_IN = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58]);

/** Whether a number format shows a date or time: a built-in one, or a custom code with date letters outside quotes and brackets. */
export function isDateFormat(id: number, code?: string): boolean {
  if (code === undefined) return BUILT_IN.has(id);
  const bare = code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  return /[ymdhs]/i.test(bare) && !/^general$/i.test(bare.split(';')[0] ?? '');
}
