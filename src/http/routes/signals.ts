import { z } from 'zod';
import {
  CASE_NOTE_LENGTH,
  CASE_OUTCOMES,
  CASE_STATES,
  closeCase,
  listCases,
  listSignals,
  noteCase,
  openAgain,
  SAMPLE_KINDS,
  SIGNAL_KINDS,
  signalWhy,
  takeCase,
  viewCase,
  viewSignal,
  type CaseState,
  type SignalView,
} from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const kind = z.enum(SIGNAL_KINDS);
const signal = z
  .object({
    id: z.uuid(),
    kind,
    personId: z.uuid(),
    day: z.string().meta({ format: 'date' }),
    rules: z.string(),
    figures: z.record(z.string(), z.number()),
    evidence: z.array(z.uuid()),
    why: z.object({ zh: z.string(), en: z.string() }),
    caseId: z.uuid(),
    caseNumber: z.string(),
    caseState: z.enum(CASE_STATES),
    raisedAt: instant,
  })
  .meta({ id: 'Signal' });
const summary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum([...SIGNAL_KINDS, 'sample']),
    personId: z.uuid(),
    state: z.enum(CASE_STATES),
    assigneeId: z.uuid().nullable(),
    outcome: z.enum(CASE_OUTCOMES).nullable(),
    openedAt: instant,
    closedAt: instant.nullable(),
    signals: z.int(),
  })
  .meta({ id: 'SignalCase' });
const view = summary
  .extend({
    assignedAt: instant.nullable(),
    closedBy: z.uuid().nullable(),
    found: z.array(signal),
    sampled: z.array(z.object({ sampleId: z.uuid(), number: z.string(), kind: z.enum(SAMPLE_KINDS), position: z.int() })),
    notes: z.array(z.object({ id: z.uuid(), by: z.uuid(), at: instant, text: z.string() })),
    mayTake: z.boolean(),
    mayNote: z.boolean(),
    mayClose: z.boolean(),
  })
  .meta({ id: 'SignalCaseView' });

const day = z.iso.date('not_a_date').optional();
/** What signals can be asked for. */
export const signalFields = {
  kind: z.enum(SIGNAL_KINDS, 'unknown_value').optional(),
  state: z.enum(CASE_STATES, 'unknown_value').optional(),
  person: z.uuid('invalid').optional(),
  from: day,
  to: day,
};
/** What cases can be asked for. */
export const caseFields = { state: z.enum(CASE_STATES, 'unknown_value').optional(), mine: z.enum(['1']).optional() };

export function casesAsked(query: { state?: CaseState | undefined; mine?: '1' | undefined; after?: string | undefined }): Parameters<typeof listCases>[2] {
  const { state, mine, after } = query;
  return { after, states: state === undefined ? undefined : [state], mine: mine === '1' };
}

const after = z.string().max(200, 'too_long').optional();
const note = z.string().max(CASE_NOTE_LENGTH, 'too_long');
const told = (one: SignalView) => ({ ...one, why: { zh: signalWhy('zh', one), en: signalWhy('en', one) } });

/** Signals in what was read, and the cases that look into them. Nobody sees or works what is about himself. */
export function signalRoutes(deps: HttpDeps): Route[] {
  const { reports } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/signals',
      name: 'listSignals',
      tag: 'audit',
      summary: 'Signals in what was read, newest first, each with why it was raised; never those about the caller.',
      guard: 'signal.view',
      kind: 'api',
      query: z.strictObject({ ...signalFields, after }),
      responses: { 200: pageSchema(signal) },
      async handler(ctx, { query }) {
        const { items, next } = await listSignals(reports, ctx.actor, query);
        return { json: { items: items.map(told), next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/signals/:id',
      name: 'viewSignal',
      tag: 'audit',
      summary: 'One signal: its sentence, its figures, the rules that raised it, the readings or entries it rests on.',
      guard: 'signal.view',
      kind: 'api',
      params: idParams,
      responses: { 200: signal },
      handler: async (ctx, { params }) => ({ json: told(await viewSignal(reports, ctx.actor, params.id)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/signals/:id/case',
      name: 'openCaseAgain',
      tag: 'audit',
      summary: 'Open a further case from a signal whose case is closed.',
      guard: 'case.work',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { params }) => ({ status: 201, json: { id: await openAgain(reports, ctx.actor, params.id) } }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/cases',
      name: 'listCases',
      tag: 'audit',
      summary: 'Cases that signals opened, newest first; never those about the caller.',
      guard: 'case.work',
      kind: 'api',
      query: z.strictObject({ ...caseFields, after }),
      responses: { 200: pageSchema(summary) },
      handler: async (ctx, { query }) => ({
        json: await listCases(reports, ctx.actor, casesAsked(query)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/cases/:id',
      name: 'viewCase',
      tag: 'audit',
      summary: 'A case with its signals and its notes.',
      guard: 'case.work',
      kind: 'api',
      params: idParams,
      responses: { 200: view },
      async handler(ctx, { params }) {
        const one = await viewCase(reports, ctx.actor, params.id);
        return { json: { ...one, found: one.found.map(told) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/cases/:id/take',
      name: 'takeCase',
      tag: 'audit',
      summary: 'Take a case, also over from somebody else.',
      guard: 'case.work',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await takeCase(reports, ctx.actor, params.id);
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/cases/:id/notes',
      name: 'noteCase',
      tag: 'audit',
      summary: 'Write a note in a case; notes are sealed.',
      guard: 'case.work',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ note }),
      async handler(ctx, { params, body }) {
        await noteCase(reports, ctx.actor, params.id, body.note);
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/cases/:id/close',
      name: 'closeCase',
      tag: 'audit',
      summary: 'End a case with its outcome and why; only by whom has taken it.',
      guard: 'case.work',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ outcome: z.enum(CASE_OUTCOMES), note }),
      async handler(ctx, { params, body }) {
        await closeCase(reports, ctx.actor, params.id, body);
        return {};
      },
    }),
  ];
}
