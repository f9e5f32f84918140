/**
 * A log is named by its year: `2026`. Where two persons closed it after a restore, the next one of that year has a letter behind it:
 * `2026b`. Names sort as logs follow each other.
 */
export const LOG_NAME = /^\d{4}[b-z]?$/;
/** A log's origin ends with its name: `lantai/<archive>/audit/<log>`. */
const ORIGIN = /^(.*\/)(\d{4}[b-z]?)$/;

/** The year in which the entries of a log lie. */
export function yearOf(log: string): string {
  return log.slice(0, 4);
}

/** The log that an origin names; `''` where it names none. */
export function logOf(origin: string): string {
  return ORIGIN.exec(origin)?.[2] ?? '';
}

/** What the origins of all logs of one archive have in common. */
export function archiveOf(origin: string): string {
  return ORIGIN.exec(origin)?.[1] ?? origin;
}

/** The log that goes on in a year after one was closed (pure). */
export function nextLog(closed: string, year: string): string {
  if (yearOf(closed) < year) return year;
  const last = closed.charCodeAt(4); // NaN where it has no letter yet
  if (last === 0x7a) throw new Error('a year has at most 26 logs');
  return yearOf(closed) + (Number.isNaN(last) ? 'b' : String.fromCharCode(last + 1));
}
