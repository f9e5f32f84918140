import { z } from 'zod';
import { CHANNELS, CLIENT_LEVELS, CLIENT_TYPES, FEEDBACK_KINDS, MEDIA, PRIORITIES, SENSITIVITIES, SERVICE_TYPES } from './values.js';

/** Lengths in Unicode code points. Stated in errors and in the API description. */
export const LENGTHS = {
  code: 64,
  name: 200,
  title: 300,
  line: 500,
  note: 4_000,
  text: 200_000,
  tags: 30,
  participants: 50,
  exceptions: 50,
  followUps: 100,
} as const;

const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/u;
const points = (text: string): number => {
  let n = 0;
  for (const _ of text) n++;
  return n;
};

/** Well-formed text of 1..max code points without control characters (line feed and tab are allowed where `lines`). */
function text(max: number, lines = false) {
  return z
    .string()
    .refine((s) => s.isWellFormed(), { error: 'lone_surrogate', abort: true })
    .refine((s) => !s.includes('\0'), { error: 'nul', abort: true })
    .refine((s) => !CONTROL.test(s) && (lines || !/[\t\n\r]/.test(s)), { error: 'control_character', abort: true })
    .refine((s) => s.length <= max || points(s) <= max, { error: 'too_long', abort: true, params: { max } })
    .refine((s) => s.trim() !== '', { error: 'empty' })
    .meta({ maxLength: max });
}

/** Name of a source system: a code, since batches, reports and the audit log name it. */
export const SOURCE_SYSTEM = /^[\p{L}\p{N}](?:[\p{L}\p{N}_.:/-]{0,62}[\p{L}\p{N}])?$/u;
export const sourceSystem = text(LENGTHS.code).regex(SOURCE_SYSTEM, 'not_a_code');
/** A number that a source system gave to a service or a client. */
export const sourceNumber = text(LENGTHS.code);

const line = text(LENGTHS.line);
const note = text(LENGTHS.note, true);
const instant = z.iso.datetime({ offset: true, error: 'not_a_time' });

/**
 * A service record as its source hands it over: metadata and body in one. What listing needs goes to the catalogue,
 * everything else into the sealed body. Which fields a service type demands stands in the scheme's forms, not here:
 * a draft that lacks them is kept as `received` and waits for the clerk.
 */
export const recordDraft = z
  .strictObject({
    /** Where it comes from; with `serviceNo` it makes intake idempotent. */
    source: z.strictObject({ system: sourceSystem, creator: text(LENGTHS.name).optional() }),
    serviceNo: sourceNumber,
    fonds: z
      .string()
      .regex(/^[A-Z0-9]{1,10}$/, 'not_a_code')
      .optional(),
    /** `open` cases are refused with `open_case`. */
    status: z.enum(['closed', 'open']).default('closed'),
    openedAt: instant,
    servedAt: instant.optional(),
    closedAt: instant,
    place: line.optional(),
    participants: z
      .array(z.strictObject({ name: text(LENGTHS.name), role: text(LENGTHS.name).optional() }))
      .max(LENGTHS.participants)
      .optional(),
    serviceType: z.enum(SERVICE_TYPES),
    client: z.strictObject({
      number: text(LENGTHS.code),
      name: text(LENGTHS.name).optional(),
      type: z.enum(CLIENT_TYPES),
      phone: text(40).optional(),
      email: text(254).optional(),
      address: line.optional(),
      level: z.enum(CLIENT_LEVELS).optional(),
    }),
    staff: z.strictObject({ number: text(LENGTHS.code).optional(), name: text(LENGTHS.name) }),
    department: z.string().regex(/^[\p{L}\p{N}_-]{1,40}$/u, 'not_a_code'),
    channel: z.enum(CHANNELS),
    title: text(LENGTHS.title),
    content: text(LENGTHS.text, true).optional(),
    solution: text(LENGTHS.text, true).optional(),
    clientFeedback: note.optional(),
    followUps: z
      .array(z.strictObject({ at: instant, note }))
      .max(LENGTHS.followUps)
      .optional(),
    returnCall: z.strictObject({ at: instant, result: note }).optional(),
    result: note.optional(),
    exceptions: z
      .array(z.strictObject({ what: note, handling: note.optional() }))
      .max(LENGTHS.exceptions)
      .optional(),
    handling: note.optional(),
    evaluation: z.int().min(1).max(5).optional(),
    signature: z
      .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('statement'), text: note }), z.strictObject({ kind: z.literal('file'), file: text(255) })])
      .optional(),
    medium: z.enum(MEDIA),
    /** Left out: the scheme's default for the type. */
    sensitivity: z.enum(SENSITIVITIES).optional(),
    tags: z.array(text(LENGTHS.code)).max(LENGTHS.tags).optional(),
    /** The client feedback form 客户反馈记录表. */
    feedback: z
      .strictObject({
        kind: z.enum(FEEDBACK_KINDS),
        priority: z.enum(PRIORITIES),
        demand: note.optional(),
        assignedTo: text(LENGTHS.name).optional(),
        anonymous: z.boolean().optional(),
      })
      .optional(),
    /** 互见号: the number of the paper (or electronic) counterpart. */
    crossReference: line.optional(),
    /** A longer term asked for a special case; acts only when the records manager confirms it. */
    specialTerm: z.strictObject({ reason: note }).optional(),
    /** Fields the source never had, with the reason; shown as absent, never invented. */
    absent: z.record(z.string().regex(/^[a-zA-Z.]{1,64}$/), line).optional(),
  })
  .meta({ id: 'RecordDraft' });

export type RecordDraft = z.infer<typeof recordDraft>;
