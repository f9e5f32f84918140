import { LocalTime } from '../read/row.js';
import { serialToLocal } from '../read/serial.js';

/** Calendar fields without a zone. */
interface Local {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const TOKEN = /YYYY|MM|M|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A/g;
const PATTERNS: Record<string, string> = {
  YYYY: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{2})',
  D: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<half>\\d{2})',
  h: '(?<half>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  m: '(?<minute>\\d{1,2})',
  ss: '(?<second>\\d{2})',
  s: '(?<second>\\d{1,2})',
  SSS: '\\d{1,9}',
  A: '(?<meridiem>AM|PM|am|pm|上午|下午)',
};
/** Formats that `auto` tries: all are unambiguous, with the year in front. */
const AUTO = [
  'YYYY-M-D H:m:s',
  'YYYY-M-D H:m',
  'YYYY-M-D',
  'YYYY/M/D H:m:s',
  'YYYY/M/D H:m',
  'YYYY/M/D',
  'YYYY.M.D',
  'YYYY年M月D日 H:m:s',
  'YYYY年M月D日 H:m',
  'YYYY年M月D日H时m分s秒',
  'YYYY年M月D日H时m分',
  'YYYY年M月D日',
  'YYYYMMDDHHmmss',
  'YYYYMMDD',
];
export const NAMED_FORMATS = ['auto', 'iso', 'excel', 'excel1904', 'unix', 'unix-ms'] as const;

/** Whether a text is a format that {@link parseTime} understands: a named one, or a pattern with year, month and day. */
export function isFormat(format: string): boolean {
  if ((NAMED_FORMATS as readonly string[]).includes(format)) return true;
  const tokens: string[] = format.match(TOKEN) ?? [];
  const once = new Set(tokens.map((token) => token[0]));
  return once.size === tokens.length && ['Y', 'M', 'D'].every((part) => once.has(part)) && tokens.includes('A') === tokens.some((token) => token[0] === 'h');
}

/**
 * A moment as RFC 3339 with the offset of its zone, or `undefined` when the text is none in any of the formats, or a time
 * that the zone never had (clocks put forward). Of two moments with the same clock time the earlier one is meant. A day
 * without a time begins at midnight.
 */
export function parseTime(value: string | LocalTime, formats: readonly string[], zone: string): string | undefined {
  if (value instanceof LocalTime) return parseIso(value.text, zone);
  const text = value.normalize('NFKC').trim();
  for (const format of formats) {
    const found = parseAs(text, format, zone);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parseAs(text: string, format: string, zone: string): string | undefined {
  switch (format) {
    case 'auto':
      return parseIso(text, zone) ?? parseTime(text, AUTO, zone) ?? (/^\d{5}(?:\.\d+)?$/.test(text) ? parseAs(text, 'excel', zone) : undefined);
    case 'iso':
      return parseIso(text, zone);
    case 'excel':
    case 'excel1904': {
      const local = /^\d+(?:\.\d+)?$/.test(text) ? serialToLocal(Number(text), format === 'excel1904') : undefined;
      return local === undefined ? undefined : parseIso(local, zone);
    }
    case 'unix':
    case 'unix-ms': {
      if (!/^-?\d{1,14}(?:\.\d+)?$/.test(text)) return undefined;
      return inZone(Number(text) * (format === 'unix' ? 1000 : 1), zone);
    }
    default:
      return parsePattern(text, format, zone);
  }
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

function parseIso(text: string, zone: string): string | undefined {
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, offset] = found;
  const local = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  };
  if (offset === undefined) return localTime(local, zone);
  if (!isReal(local)) return undefined;
  const minutes = /z/i.test(offset) ? 0 : (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2)));
  return Math.abs(minutes) > 14 * 60 ? undefined : write(local, minutes);
}

const compiled = new Map<string, RegExp>();

function parsePattern(text: string, format: string, zone: string): string | undefined {
  let pattern = compiled.get(format);
  if (pattern === undefined) {
    const escaped = format.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    pattern = new RegExp(`^${escaped.replaceAll(TOKEN, (token) => PATTERNS[token] ?? token).replaceAll(/ +/g, '\\s+')}$`);
    compiled.set(format, pattern); // formats come from mappings, so there are few
  }
  const part = pattern.exec(text)?.groups;
  if (!part) return undefined;
  const hour = part['half'] === undefined ? Number(part['hour'] ?? 0) : fromHalf(Number(part['half']), part['meridiem'] ?? '');
  return localTime(
    {
      year: Number(part['year']),
      month: Number(part['month']),
      day: Number(part['day']),
      hour,
      minute: Number(part['minute'] ?? 0),
      second: Number(part['second'] ?? 0),
    },
    zone,
  );
}

/** 12 AM is midnight, 12 PM noon; 下午15点 is no time. */
function fromHalf(hour: number, meridiem: string): number {
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (/^pm$|下午/i.test(meridiem) ? 12 : 0);
}

function isReal({ year, month, day, hour, minute, second }: Local): boolean {
  if (!(year >= 1 && hour <= 23 && minute <= 59 && second <= 59)) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function localTime(local: Local, zone: string): string | undefined {
  if (!isReal(local)) return undefined;
  const clock = asUtc(local);
  const day = 86_400_000;
  const offsets = [...new Set([offsetAt(clock - day, zone), offsetAt(clock + day, zone)])].filter(
    (minutes) => offsetAt(clock - minutes * 60_000, zone) === minutes,
  );
  return offsets.length === 0 ? undefined : write(local, Math.max(...offsets));
}

const asUtc = (local: Local): number => Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);

function inZone(time: number, zone: string): string | undefined {
  if (Number.isNaN(new Date(time).getTime())) return undefined;
  const minutes = offsetAt(time, zone);
  return `${new Date(time + minutes * 60_000).toISOString().slice(0, 19)}${offsetText(minutes)}`;
}

function write(local: Local, minutes: number): string {
  return `${new Date(asUtc(local)).toISOString().slice(0, 19)}${offsetText(minutes)}`;
}

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** Offset of a zone in minutes. Offsets change on the quarter of an hour, so answers are kept by it. */
function offsetAt(time: number, zone: string): number {
  const key = `${zone}${Math.floor(time / 900_000)}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset', era: 'short' });
    formatters.set(zone, formatter);
  }
  const name = formatter.formatToParts(new Date(time)).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  const found = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  const minutes = found ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
  if (offsets.size > 50_000) offsets.clear();
  offsets.set(key, minutes);
  return minutes;
}

/** Whether a name stands for a time zone that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
