import type { Lang } from './types.js';

const LOCALE: Record<Lang, string> = { zh: 'zh-CN', en: 'en-GB' };

/** Dates, times, numbers, sizes and durations of one language in one time zone. */
export interface Format {
  number(value: number | bigint): string;
  percent(ratio: number): string;
  /** `2026年3月1日` / `1 Mar 2026`; a plain `YYYY-MM-DD` is a calendar day and knows no time zone. */
  date(value: Date | string): string;
  /** `2026年3月1日 14:05` / `1 Mar 2026, 14:05`. */
  dateTime(value: Date | string): string;
  /** With seconds and offset, for the tooltip. */
  exact(value: Date | string): string;
  time(value: Date | string): string;
  /** `3 分钟前`, `in 2 days`: relative to `now`. */
  relative(value: Date | string, now: Date): string;
  bytes(size: number | bigint): string;
  /** Seconds as `1:02:03` or `2:03`. */
  clock(seconds: number): string;
  list(items: readonly string[]): string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

function makeFormat(lang: Lang, timeZone: string): Format {
  const locale = LOCALE[lang];
  const hour12 = false;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: lang === 'zh' ? 'long' : 'medium', timeZone });
  const plainDay = new Intl.DateTimeFormat(locale, { dateStyle: lang === 'zh' ? 'long' : 'medium', timeZone: 'UTC' });
  const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  const second = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', hour12, timeZone });
  const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const at = (value: Date | string): Date => (typeof value === 'string' ? new Date(value) : value);
  const date = (value: Date | string): string =>
    typeof value === 'string' && DAY.test(value) ? plainDay.format(new Date(`${value}T00:00:00Z`)) : day.format(at(value));
  return {
    number: (value) => number.format(value),
    percent: (ratio) => percent.format(ratio),
    date,
    time: (value) => minute.format(at(value)),
    dateTime: (value) => `${date(value)}${lang === 'zh' ? ' ' : ', '}${minute.format(at(value))}`,
    exact: (value) => {
      if (typeof value === 'string' && DAY.test(value)) return value;
      const offset =
        zone
          .formatToParts(at(value))
          .find((part) => part.type === 'timeZoneName')
          ?.value.replace('GMT', '') || '+00:00';
      return `${second.format(at(value))} ${offset}`;
    },
    relative: (value, now) => {
      const seconds = (at(value).getTime() - now.getTime()) / 1000;
      const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
      return relative.format(Math.trunc(seconds / size), unit);
    },
    bytes: (size) => {
      const index = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Number(size))) / 10)));
      const value = Number(size) / 1024 ** index;
      return `${value >= 100 || index === 0 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[index]}`;
    },
    clock: (seconds) => {
      const whole = Math.max(0, Math.floor(seconds));
      const two = (n: number): string => String(n).padStart(2, '0');
      const rest = `${Math.floor((whole % 3600) / 60)}:${two(whole % 60)}`;
      return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest.padStart(5, '0')}` : rest;
    },
    list: (items) => list.format(items),
  };
}

const made = new Map<string, Format>();

/** Formats of a language and time zone; making them is dear, so each is made once. */
export function formatFor(lang: Lang, timeZone = 'Asia/Shanghai'): Format {
  const key = `${lang} ${timeZone}`;
  let format = made.get(key);
  if (format === undefined) made.set(key, (format = makeFormat(lang, timeZone)));
  return format;
}
