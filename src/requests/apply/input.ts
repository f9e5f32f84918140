import { z } from 'zod';
import { REQUEST_FORMS, REQUEST_LIMITS as MAX } from '../values.js';

const day = z.iso.date({ error: 'not_a_date' });
const text = (max: number) => z.string().trim().max(max, 'too_long');

/** What an application says. One way of naming records: one by one and by typed numbers, by a client, or by a search. */
export const requestInput = z
  .strictObject({
    /** Records that the applicant finds, by id. */
    records: z
      .array(z.uuid({ error: 'not_a_uuid' }))
      .max(MAX.records, 'too_many')
      .default([]),
    /** Service numbers or archival codes as typed; whether the archive has them is not told. */
    numbers: z.array(z.string().trim().min(1, 'empty').max(MAX.number, 'too_long')).max(MAX.numbers, 'too_many').default([]),
    client: text(64).default(''),
    search: text(400).default(''),
    purpose: z.string().min(1, 'missing').max(64, 'too_long'),
    /** Why, in words: at most 500 characters. */
    reason: z.string().trim().min(1, 'requires_reason').max(MAX.reason, 'too_long'),
    /** Number of the case it is for. */
    ticket: text(MAX.ticket).default(''),
    form: z.enum(REQUEST_FORMS),
    /** First and last day, in the archive's time zone. */
    from: day,
    to: day,
    readings: z.int().min(1, 'too_small').max(MAX.readings, 'too_large').optional(),
    /** The person from outside for whom a clerk applies. */
    outsider: z
      .strictObject({
        name: z.string().trim().min(1, 'missing').max(100, 'too_long'),
        organisation: text(200).default(''),
        contact: text(100).default(''),
      })
      .optional(),
    disclosure: z
      .strictObject({
        basis: z.string().max(64).optional(),
        reference: z.string().max(400).optional(),
        law: z.string().max(400).optional(),
        assessment: z.string().max(200).optional(),
      })
      .optional(),
  })
  .superRefine((given, context) => {
    const ways = [given.records.length + given.numbers.length > 0, given.client !== '', given.search !== ''].filter(Boolean).length;
    if (ways !== 1) context.addIssue({ code: 'custom', path: ['records'], message: ways === 0 ? 'missing' : 'one_way' });
    if (given.to < given.from) context.addIssue({ code: 'custom', path: ['to'], message: 'before_start' });
  });

export type RequestInput = z.input<typeof requestInput>;
export type ParsedRequest = z.output<typeof requestInput>;
