import { z } from 'zod';
import { parseDay } from '../calendar/index.js';
import { bilingual } from '../scheme.js';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code');
const day = z.string().refine((text) => {
  try {
    return parseDay(text) !== undefined;
  } catch {
    return false;
  }
}, 'not a day');
const weekday = (text: string): number => new Date(`${text}T00:00:00Z`).getUTCDay();

const year = z.strictObject({
  holidays: z.array(z.strictObject({ from: day, to: day, title: bilingual })),
  workdays: z.array(day),
});

/** A working calendar as it stands in its file. */
export const calendarContent = z
  .strictObject({
    format: z.literal(1),
    id: code,
    version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
    title: bilingual,
    source: bilingual,
    years: z.record(z.string().regex(/^\d{4}$/, 'not a year'), year),
  })
  .superRefine((one, context) => {
    for (const [name, { holidays, workdays }] of Object.entries(one.years)) {
      const wrong = (message: string): void => context.addIssue({ code: 'custom', path: ['years', name], message });
      for (const each of holidays) {
        if (each.from > each.to) wrong(`${each.from}: ends before it begins`);
        if (!each.from.startsWith(name) && !each.to.startsWith(name)) wrong(`${each.from}: lies in another year`);
      }
      for (const each of workdays) {
        if (!each.startsWith(name)) wrong(`${each}: lies in another year`);
        if (weekday(each) % 6 !== 0) wrong(`${each}: a weekday is worked anyway`);
        if (holidays.some((holiday) => holiday.from <= each && each <= holiday.to)) wrong(`${each}: a holiday and worked`);
      }
    }
  });

export type CalendarContent = z.infer<typeof calendarContent>;

export interface WorkingCalendar extends Readonly<CalendarContent> {
  /** `sha256:…` of the canonical JSON. */
  readonly digest: string;
  /** `general@2026-01` */
  readonly name: string;
}
