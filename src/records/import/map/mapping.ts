import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FORMATS } from '../read/table.js';
import { ENCODINGS } from '../read/encoding.js';
import { refuseImport } from '../read/source.js';
import { isFormat, isZone } from './dates.js';
import { FIELDS, LISTS } from './fields.js';

const name = z.string().min(1).max(200);
const words = z.record(z.string().max(500), z.union([z.string().max(2000), z.number(), z.boolean()]).transform(String));
const PICKS = ['first', 'last', 'earliest', 'latest'] as const;

/** Where a value comes from (exactly one of the first group) and what is done to it. */
const rule = z
  .strictObject({
    /** A column, or a path in a JSON line. */
    column: name.optional(),
    /** The first of these columns that has a value; the file may lack all but one. */
    firstOf: z.array(name).min(1).max(10).optional(),
    /** Several columns joined; empty ones are left out. */
    join: z.array(name).min(1).max(50).optional(),
    /** Text with `{column}` in it; empty when all its columns are empty. */
    template: z.string().min(1).max(2000).optional(),
    /** A line `label: value` for every column that is not empty. */
    labelled: z.record(name, name).optional(),
    /** The same for every record. */
    constant: z
      .union([z.string().min(1).max(2000), z.number(), z.boolean()])
      .transform(String)
      .optional(),
    /** What the person told with the import (`--set name=value`). */
    parameter: z
      .string()
      .regex(/^[a-z][a-zA-Z]{0,31}$/)
      .optional(),
    /** One line by this template for every row of the group. */
    lines: z.string().min(1).max(2000).optional(),
    /** One line by `line` for every element of a JSON array. */
    each: z.strictObject({ path: name, line: z.string().min(1).max(2000) }).optional(),

    separator: z.string().max(20).optional(),
    /** Runs of blanks and line ends become one blank, for fields of one line. */
    oneLine: z.boolean().optional(),
    /** Cuts the value; `part` (from 1) takes one of the pieces, otherwise all are taken (tags, files, participants). */
    split: z.strictObject({ by: z.string().min(1).max(20), part: z.int().min(1).max(100).optional() }).optional(),
    /** Formats of a time. */
    date: z
      .union([z.string(), z.array(z.string()).min(1).max(20)])
      .transform((one) => [one].flat())
      .refine((list) => list.every(isFormat), { error: 'not a date format' })
      .optional(),
    zone: z.string().refine(isZone, { error: 'not a time zone' }).optional(),
    /** Value table; a value that is not in it is rejected as `unknown_value` unless `otherwise` says what it becomes. */
    values: words.optional(),
    otherwise: z.union([z.string(), z.number(), z.boolean()]).transform(String).optional(),
    /** Value tables for the columns of a template. */
    words: z.record(name, words).optional(),
    /** For an empty value: a text, which may hold `{column}`, or `$name` for a parameter. */
    default: z
      .union([z.string().min(1), z.number(), z.boolean()])
      .transform(String)
      .optional(),
    /** Which row of a group gives the value. */
    pick: z.enum(PICKS).optional(),
    /** The file may lack this column. */
    optional: z.boolean().optional(),
    /** Recorded as the reason when the source has no value here. */
    absent: z.string().min(1).max(500).optional(),
  })
  .superRefine((value, ctx) => {
    const sources = (['column', 'firstOf', 'join', 'template', 'labelled', 'constant', 'parameter', 'lines', 'each'] as const).filter(
      (key) => value[key] !== undefined,
    );
    if (sources.length !== 1)
      ctx.addIssue({ code: 'custom', message: 'exactly one of column, firstOf, join, template, labelled, constant, parameter, lines, each' });
    if (value.otherwise !== undefined && value.values === undefined) ctx.addIssue({ code: 'custom', message: 'otherwise needs values' });
  });
const short = z.union([
  z
    .string()
    .min(1)
    .max(200)
    .transform((column) => rule.parse({ column })),
  rule,
]);
export type Rule = z.output<typeof rule>;

/** List fields: items written one by one, or taken from a JSON array. */
const items = z.strictObject({
  items: z.array(z.record(z.string(), short)).min(1).max(50).optional(),
  each: z.strictObject({ path: name, item: z.record(z.string(), name) }).optional(),
  optional: z.boolean().optional(),
});
export type ItemsRule = z.output<typeof items>;

const shape = z
  .strictObject({
    version: z.literal(1),
    name: z.string().regex(/^[a-z0-9-]{1,64}$/),
    title: z.strictObject({ zh: name, en: name }),
    /** What a person should know about the source; not used otherwise. */
    notes: z.string().max(4000).optional(),
    format: z.enum(FORMATS).optional(),
    encoding: z.enum(ENCODINGS).optional(),
    delimiter: z.string().length(1).optional(),
    sheet: name.optional(),
    timeZone: z.string().refine(isZone, { error: 'not a time zone' }).default('Asia/Shanghai'),
    group: z
      .strictObject({
        by: z.array(name).min(1).max(5),
        order: z.strictObject({ column: name, as: z.enum(['number', 'text']).default('number') }).optional(),
        /** A group is complete when none of its rows came in the last so many rows. */
        window: z.int().min(1).max(100_000).default(10_000),
        maxRows: z.int().min(1).max(50_000).default(5_000),
      })
      .optional(),
    fields: z.partialRecord(z.enum(FIELDS), z.unknown()),
    /** Fields that the source never had, and why. */
    absent: z.record(z.string().regex(/^[a-zA-Z.]{1,64}$/), z.string().min(1).max(500)).default({}),
    /** Columns that are left behind on purpose. */
    ignore: z.array(name).default([]),
    /** Values for `parameter` when the person tells none. */
    parameters: z.record(z.string(), z.string().max(200)).default({}),
  })
  .transform((value, ctx) => {
    const fields: { field: string; rule: Rule | ItemsRule }[] = [];
    for (const [field, raw] of Object.entries(value.fields)) {
      const parsed = (
        LISTS.has(field) && typeof raw === 'object' && raw !== null && ('items' in raw || 'each' in raw) && !('line' in raw) ? items : short
      ).safeParse(raw);
      if (parsed.success) fields.push({ field, rule: parsed.data });
      else for (const issue of parsed.error.issues) ctx.addIssue({ code: 'custom', message: issue.message, path: ['fields', field, ...issue.path] });
    }
    for (const field of ['source.system', 'serviceNo'])
      if (!(field in value.fields)) ctx.addIssue({ code: 'custom', message: 'every mapping needs this field', path: ['fields', field] });
    return { ...value, fields };
  });

/** A checked mapping, what it was made from, and the digest of that. */
export type Mapping = z.output<typeof shape> & { digest: string; raw: unknown };

/** Checks a mapping read from YAML; refuses it (`mapping_invalid`) naming the first place that is wrong. */
export function parseMapping(value: unknown): Mapping {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].join('.');
    throw refuseImport('mapping_invalid', { place: place || 'mapping', problem: issue?.message ?? '' });
  }
  const digest = createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return { ...parsed.data, digest, raw: value };
}

export function isItems(rule: Rule | ItemsRule): rule is ItemsRule {
  return 'items' in rule || (rule.each !== undefined && 'item' in rule.each);
}
