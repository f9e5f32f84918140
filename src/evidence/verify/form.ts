import { z } from 'zod';
import { PACK_FORM, PACK_KINDS } from '../values.js';

const text = z.string().max(300);
const number = z.string().regex(/^[1-9]\d{0,18}$/);
/** A year, or what goes on in it after a break. */
const year = z.string().regex(/^\d{4}[b-z]?$/);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const instant = z.iso.datetime();

/** What a manifest must look like before anything of it is believed. */
export const manifestForm = z
  .strictObject({
    form: z.literal(PACK_FORM),
    kind: z.enum([...PACK_KINDS, 'receipt']),
    number: z.string().regex(/^[A-Z0-9-]{1,40}$/),
    archive: z.strictObject({ id: text, name: text }),
    madeAt: instant,
    choice: z.strictObject({ from: instant, to: instant, actors: z.array(text), subjects: z.array(text), records: z.array(text) }),
    subject: z.record(z.string(), text).nullable(),
    sides: z.boolean(),
    entries: z.int().min(0),
    logs: z.array(
      z.strictObject({
        log: year,
        origin: text,
        entries: z.int().min(1),
        heads: z.array(z.strictObject({ size: number, stamp: z.strictObject({ file: text, at: instant }).nullable() })).min(1),
      }),
    ),
    gone: z
      .array(
        z.strictObject({
          log: year,
          origin: text,
          size: number,
          first: instant,
          last: instant,
          at: instant,
          procedure: text,
          rule: text,
          hashes: z.boolean(),
        }),
      )
      .min(1)
      .optional(),
    rules: z.array(z.strictObject({ kind: text, name: text, digest, from: instant, until: instant.nullable(), file: text })),
    sums: digest,
  })
  // without an entry it must at least say which are gone
  .refine((one) => one.entries > 0 || one.gone !== undefined);
export type ManifestForm = z.infer<typeof manifestForm>;
