import { z } from 'zod';
import { CHANNELS, CLIENT_TYPES, MEDIA, RECORD_STATES, SENSITIVITIES, SERVICE_TYPES, TIME_CLASSES } from '../values.js';

/** Items of one page; the most that may be asked for. */
export const PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;

const day = z.iso.date({ error: 'not_a_date' }).refine((text) => text >= '1900', { error: 'not_a_date' });
const code = z.string().max(64, 'too_long');

/** Filters of the catalogue, the same for people (address line) and machines. */
export const recordFilter = z.strictObject({
  type: z.enum(SERVICE_TYPES).optional(),
  clientType: z.enum(CLIENT_TYPES).optional(),
  client: code.optional(),
  department: z
    .string()
    .regex(/^[\p{L}\p{N}_-]{1,40}$/u, 'not_a_code')
    .optional(),
  channel: z.enum(CHANNELS).optional(),
  sensitivity: z.enum(SENSITIVITIES).optional(),
  medium: z.enum(MEDIA).optional(),
  state: z.enum(RECORD_STATES).optional(),
  timeClass: z.enum(TIME_CLASSES).optional(),
  year: z.coerce.number('wrong_type').int().min(1900).max(9999).optional(),
  from: day.optional(),
  to: day.optional(),
  staff: code.optional(),
  evaluation: z.coerce.number('wrong_type').int().min(1).max(5).optional(),
  tag: code.optional(),
  term: z.enum(['asked', 'confirmed', 'refused']).optional(),
  batch: z.uuid('invalid').optional(),
  after: z.string().max(120).optional(),
  limit: z.coerce.number('wrong_type').int().min(1).max(MAX_PAGE_SIZE).optional(),
});
export type RecordFilter = z.infer<typeof recordFilter>;

/** The values of each closed set that a list may show. */
export interface Facets {
  types: readonly string[];
  clientTypes: readonly string[];
  media: readonly string[];
  channels: readonly string[];
}

/**
 * The facets of a filter that names two of them or more: together they may leave next to nothing, and then it pays to ask for
 * the newest of every combination. `null` where a filter is set that has a better index of its own.
 */
export function facetsOf(filter: RecordFilter): Facets | null {
  const { type, clientType, medium, channel } = filter;
  const named = [type, clientType, medium, channel].filter((one) => one !== undefined).length;
  if (named < 2 || filter.client !== undefined || filter.department !== undefined || filter.batch !== undefined) return null;
  return {
    types: type === undefined ? SERVICE_TYPES : [type],
    clientTypes: clientType === undefined ? CLIENT_TYPES : [clientType],
    media: medium === undefined ? MEDIA : [medium],
    channels: channel === undefined ? CHANNELS : [channel],
  };
}

/** Which filters are set, as codes for the audit log; values of persons stay out (they go to the sealed side row). */
export function filterFacts(filter: RecordFilter): { facts: Record<string, string>; side: Record<string, string> } {
  const facts: Record<string, string> = {};
  const side: Record<string, string> = {};
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined || name === 'after' || name === 'limit') continue;
    if (name === 'staff' || name === 'client' || name === 'tag') side[name] = String(value);
    else facts[name] = String(value);
  }
  return { facts, side };
}
