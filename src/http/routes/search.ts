import { z } from 'zod';
import {
  ALARM_LENGTH,
  completeQuery,
  FACETS,
  forgetRecent,
  KEYS,
  listSaved,
  MOST_HITS,
  NAME_LENGTH,
  PARTS,
  QUERY_LENGTH,
  recentSearches,
  removeSaved,
  reportFalseAlarm,
  saveSearch,
  searchRecords,
  SORTS,
} from '../../search/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { summarySchema } from '../schemas.js';

const text = z.string().max(QUERY_LENGTH, 'too_long');
const searchInput = z.strictObject({
  q: text.default(''),
  sort: z.enum(SORTS).optional(),
  after: z.string().max(10).optional(),
  limit: z.coerce.number('wrong_type').int().min(1).max(MOST_HITS).optional(),
});

const pieces = z.array(z.object({ text: z.string(), hit: z.boolean() }));
const itemSchema = summarySchema.extend({
  by: z.enum(['serviceNo', 'archivalCode', 'clientNumber', 'phone', 'text']),
  titlePieces: pieces,
  snippet: z.object({ part: z.enum(PARTS), pieces, before: z.boolean(), after: z.boolean() }).nullable(),
  solution: z.string().nullable(),
  mayRead: z.boolean(),
  unsearchable: z.int(),
});
const facetValue = z.object({ value: z.string(), count: z.int(), set: z.boolean(), q: z.string() });
const answerSchema = z
  .object({
    q: z.string(),
    sort: z.enum(SORTS),
    items: z.array(itemSchema),
    total: z.int().meta({ description: 'At most 1,000; `capped` says that there are more.' }),
    capped: z.boolean(),
    from: z.int(),
    previous: z.string().nullable(),
    next: z.string().nullable(),
    filters: z.array(z.object({ key: z.enum(KEYS), value: z.string(), remove: z.string() })),
    facets: z.partialRecord(z.enum(FACETS), z.array(facetValue)),
    corrections: z.array(z.string()),
    client: z.string().nullable(),
    withoutText: z.boolean(),
    building: z.object({ done: z.int(), total: z.int() }).nullable(),
    behind: z.boolean().meta({ description: 'Nothing was found, and the index has yet to hear of what was taken in lately.' }),
  })
  .meta({ id: 'SearchAnswer' });

const suggestionSchema = z.object({
  kind: z.enum(['key', 'value', 'number', 'client', 'recent', 'saved']),
  label: z.string(),
  q: z.string(),
  count: z.int().nullable(),
});
const savedSchema = z.object({ id: z.uuid(), name: z.string(), q: z.string(), sort: z.enum(SORTS), createdAt: z.string().meta({ format: 'date-time' }) });

/** Finding: one box for people and machines. */
export function searchRoutes(deps: HttpDeps): Route[] {
  const { search } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/search',
      name: 'searchRecords',
      tag: 'search',
      summary: 'Search under the rights of the caller: words, "phrases", -without, numbers, and filters such as type:complaint year:2024.',
      guard: 'record.list',
      kind: 'api',
      query: searchInput,
      responses: { 200: answerSchema },
      handler: async (ctx, { query }) => ({ json: await searchRecords(search, ctx.actor, ctx.lang, query) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/search',
      name: 'searchRecordsPrivately',
      tag: 'search',
      summary: 'The same with the text in the body: for phone numbers, which have no place in an address.',
      guard: 'record.list',
      kind: 'api',
      body: searchInput,
      responses: { 200: answerSchema },
      handler: async (ctx, { body }) => ({ json: await searchRecords(search, ctx.actor, ctx.lang, body) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/search/complete',
      name: 'completeSearch',
      tag: 'search',
      summary: 'What may be meant by what is being typed at a place of the query: filters, values, numbers, clients, own searches.',
      guard: 'record.list',
      kind: 'api',
      body: z.strictObject({
        q: text,
        at: z
          .int()
          .min(0)
          .max(QUERY_LENGTH * 2),
      }),
      responses: { 200: z.object({ items: z.array(suggestionSchema) }) },
      handler: async (ctx, { body }) => ({ json: { items: await completeQuery(search, ctx.actor, ctx.lang, body.q, body.at) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/searches',
      name: 'listSearches',
      tag: 'search',
      summary: 'Own saved and recent searches.',
      guard: 'record.list',
      kind: 'api',
      responses: {
        200: z.object({ saved: z.array(savedSchema), recent: z.array(z.object({ q: z.string(), at: z.string().meta({ format: 'date-time' }) })) }),
      },
      handler: async (ctx) => ({ json: { saved: await listSaved(search, ctx.actor), recent: await recentSearches(search, ctx.actor) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/searches',
      name: 'saveSearch',
      tag: 'search',
      summary: 'Save a search under a name of one’s own.',
      guard: 'record.list',
      kind: 'api',
      body: z.strictObject({ name: z.string().max(NAME_LENGTH, 'too_long'), q: text, sort: z.enum(SORTS).optional() }),
      responses: { 201: savedSchema },
      handler: async (ctx, { body }) => ({ status: 201, json: await saveSearch(search, ctx.actor, body) }),
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/searches/recent',
      name: 'forgetSearches',
      tag: 'search',
      summary: 'Forget the own recent searches; the audit log keeps that they were made.',
      guard: 'record.list',
      kind: 'api',
      async handler(ctx) {
        await forgetRecent(search, ctx.actor);
        return {};
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/searches/:id',
      name: 'removeSearch',
      tag: 'search',
      summary: 'Remove a saved search.',
      guard: 'record.list',
      kind: 'api',
      params: idParams,
      async handler(ctx, { params }) {
        await removeSaved(search, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/false-alarms',
      name: 'reportFalseAlarm',
      tag: 'search',
      summary: 'Say that something masked in the searchable text of a record is no personal data; it is not masked there again.',
      guard: 'record.read',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ text: z.string().max(ALARM_LENGTH, 'too_long') }),
      async handler(ctx, { params, body }) {
        await reportFalseAlarm(search, ctx.actor, params.id, body);
        return {};
      },
    }),
  ];
}
