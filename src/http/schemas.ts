import { z } from 'zod';
import { CHANNELS, CLIENT_TYPES, MEDIA, RECORD_STATES, SENSITIVITIES, SERVICE_TYPES, TIME_CLASSES } from '../records/index.js';

/** Shapes of answers, shared by routes. Every answer is checked against its shape before it leaves. */
const instant = z.string().meta({ format: 'date-time' });
const day = z.string().meta({ format: 'date' });

export const summarySchema = z
  .object({
    id: z.uuid(),
    archivalCode: z.string().nullable(),
    serviceNo: z.string(),
    sourceSystem: z.string(),
    fonds: z.string(),
    state: z.enum(RECORD_STATES),
    complete: z.boolean(),
    serviceType: z.enum(SERVICE_TYPES),
    clientType: z.enum(CLIENT_TYPES),
    medium: z.enum(MEDIA),
    sensitivity: z.enum(SENSITIVITIES),
    timeClass: z.enum(TIME_CLASSES),
    channel: z.enum(CHANNELS),
    department: z.string(),
    restricted: z.boolean(),
    held: z.boolean(),
    client: z.object({ number: z.string(), name: z.string(), phone: z.string() }),
    staff: z.object({ name: z.string(), number: z.string() }),
    title: z.string(),
    tags: z.array(z.string()),
    year: z.int(),
    openedAt: instant,
    closedAt: instant,
    receivedAt: instant,
    archivedAt: instant.nullable(),
    evaluation: z.int().nullable(),
    keptUntil: day,
    fileCount: z.int(),
    batchId: z.uuid(),
  })
  .meta({ id: 'RecordSummary' });

export const fieldProblemSchema = z.object({ field: z.string(), code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])).optional() });

export const fileSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  extension: z.string(),
  mediaType: z.string(),
  size: z.number(),
  flags: z.array(z.string()),
});

export const recordSchema = summarySchema
  .extend({
    missing: z.array(fieldProblemSchema),
    similarTo: z.uuid().nullable(),
    sentBackReason: z.string().nullable(),
    crossReference: z.string(),
    returnCallAt: instant.nullable(),
    schemeVersion: z.string(),
    term: z.object({
      until: day,
      minimum: day,
      maximum: day.nullable(),
      rule: z.string(),
      version: z.string(),
      special: z.enum(['none', 'asked', 'confirmed', 'refused']),
      reasons: z.array(z.unknown()),
      texts: z.object({ zh: z.array(z.string()), en: z.array(z.string()) }),
    }),
    batchNumber: z.string(),
    versions: z.array(z.object({ number: z.int(), reason: z.string(), createdAt: instant })),
    history: z.array(z.object({ at: instant, field: z.string(), old: z.string().nullable(), new: z.string().nullable() })),
    readings: z.array(
      z.object({
        id: z.uuid(),
        purpose: z.string(),
        openedAt: instant,
        endedAt: instant.nullable(),
        state: z.string(),
        result: z.string().nullable(),
        own: z.boolean(),
      }),
    ),
    files: z.array(fileSchema),
    purposes: z.array(z.object({ code: z.string(), zh: z.string(), en: z.string() })),
    last: z.object({ purpose: z.string(), note: z.string(), ticket: z.string() }).nullable(),
    lowering: z.object({ to: z.string(), proposedAt: instant, own: z.boolean() }).nullable(),
    may: z.record(z.string(), z.boolean()),
  })
  .meta({ id: 'Record' });

export const readingSchema = z
  .object({
    id: z.uuid(),
    recordId: z.uuid(),
    archivalCode: z.string().nullable(),
    title: z.string(),
    purpose: z.string(),
    note: z.string(),
    ticket: z.string(),
    state: z.enum(['open', 'returned', 'expired', 'revoked']),
    grantId: z.uuid().nullable(),
    openedAt: instant,
    lastUsedAt: instant,
    expiresAt: instant,
    endedAt: instant.nullable(),
    result: z.string().nullable(),
    mayDownload: z.boolean(),
    mayPrint: z.boolean(),
    marked: z.boolean(),
  })
  .meta({ id: 'Reading' });

export const batchSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(['intake', 'import']),
    number: z.string(),
    sourceSystem: z.string(),
    state: z.enum(['open', 'handed_over', 'confirmed']),
    openedAt: instant,
    handedOverBy: z.uuid().nullable(),
    handedOverAt: instant.nullable(),
    receivedBy: z.uuid().nullable(),
    receivedAt: instant.nullable(),
    total: z.int(),
    archived: z.int(),
    waiting: z.int(),
    sentBack: z.int(),
    files: z.int(),
  })
  .meta({ id: 'Batch' });

/** A keyset page of anything. */
export function pageSchema<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export const capturedSchema = z.object({
  id: z.uuid(),
  state: z.enum(['archived', 'received']),
  archivalCode: z.string().nullable(),
  missing: z.array(fieldProblemSchema),
  replayed: z.boolean().optional(),
});
