import type { Phrases } from '../types.js';
import type { common as zh } from '../zh/common.js';

export const common: Phrases<typeof zh> = {
  product: 'Lantai',
  productLong: 'Lantai · Service records archive',
  none: 'none',
  unknown: 'unknown',
  yes: 'yes',
  no: 'no',
  and: 'and',
  comma: ', ',
  colon: ': ',
  total: 'Total',
  records: '{count} {count|record|records}',
  files: '{count} {count|file|files}',
  pages: '{count} {count|page|pages}',
  rows: '{count} {count|row|rows}',
  times: '{count} {count|time|times}',
  days: '{count} {count|day|days}',
  years: '{count} {count|year|years}',
  hours: '{count} {count|hour|hours}',
  minutes: '{count} {count|minute|minutes}',
  remaining: '{time} left',
  language: { zh: '中文', en: 'English' },
};
