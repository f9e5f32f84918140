import { dayOf, formatDay } from '../../src/classification/index.js';

/** A day as the archives of tests count them, in their zone, so many days from a time: `2026-03-01`. */
export const archiveDay = (days = 0, from = new Date()): string => formatDay(dayOf(new Date(from.getTime() + days * 86_400_000), 'Asia/Shanghai'));
