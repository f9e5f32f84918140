import { z } from 'zod';
import { explainTerm, recordEvent, type Derivation } from '../../records/index.js';
import { explain } from '../../retention/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'invalid');
const derivation = z
  .object({
    record: z.uuid(),
    subject: z.record(z.string(), z.unknown()),
    events: z.array(z.record(z.string(), z.unknown())),
    held: z.boolean(),
    on: z.string(),
    schedule: z.object({ name: z.string(), digest: z.string() }),
    decision: z.looseObject({ until: z.string(), minimum: z.string(), maximum: z.string(), rule: z.string(), version: z.string() }),
    kept: z.object({ until: z.string(), minimum: z.string(), maximum: z.string().nullable(), rule: z.string() }),
    agrees: z.boolean(),
    texts: z.object({ zh: z.array(z.string()), en: z.array(z.string()) }),
  })
  .meta({ id: 'TermDerivation' });

/** A derivation as JSON: with the schedule of that name and digest anybody can decide again. */
export function presentDerivation({ record, subject, schedule, decision, events, ...rest }: Derivation) {
  return {
    record: record.id,
    subject: { ...subject, closedAt: subject.closedAt.toISOString() },
    events: events.map(({ at, ...one }) => ({ ...one, at: at.toISOString() })),
    schedule: { name: schedule.name, digest: schedule.digest },
    decision: { ...decision },
    ...rest,
    texts: { zh: explain(decision, schedule, 'zh'), en: explain(decision, schedule, 'en') },
  };
}

/** Events that terms count from, and why a record is kept until its day. */
export function termRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/events',
      name: 'recordEvent',
      tag: 'retention',
      summary:
        'An event from outside that a term may count from, the end of a contract for instance, or the last contact (`last_contact`). The same again acts once.',
      guard: 'record.event',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ name: code, at: z.iso.datetime({ offset: true, error: 'not_an_instant' }), source: z.string().min(1).max(64, 'too_long') }),
      responses: { 200: z.object({ until: z.string().meta({ format: 'date' }), known: z.boolean() }) },
      handler: async (ctx, { params, body }) => ({
        json: await recordEvent(deps.records, ctx.actor, { recordId: params.id, name: body.name, at: new Date(body.at), source: body.source }),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/records/:id/retention',
      name: 'explainTerm',
      tag: 'retention',
      summary: 'Why a record is kept until its day: the facts, the events with their places in the log, the schedule, every step; enough to decide again.',
      guard: 'record.view',
      kind: 'api',
      params: idParams,
      responses: { 200: derivation },
      handler: async (ctx, { params }) => ({ json: presentDerivation(await explainTerm(deps.records, ctx.actor, params.id)) }),
    }),
  ];
}
