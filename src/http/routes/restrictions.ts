import { z } from 'zod';
import {
  answerCorrection,
  answerRestriction,
  CORRECTION_REASON,
  correctRecord,
  listCorrections,
  listRestrictions,
  proposeRelease,
  proposeRestriction,
  RESTRICTION_GROUNDS,
  RESTRICTION_REASON,
  RESTRICTION_RECORDS,
  RESTRICTION_STATES,
  viewCorrection,
  viewRestriction,
} from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';
import { pageSchema, summarySchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
export const restrictionSchema = z
  .object({
    id: z.uuid(),
    client: z.string().nullable(),
    ground: z.enum(RESTRICTION_GROUNDS),
    reason: z.string(),
    requestId: z.uuid().nullable(),
    state: z.enum(RESTRICTION_STATES),
    records: z.int(),
    proposedBy: z.uuid(),
    proposedAt: instant,
    decidedBy: z.uuid().nullable(),
    decidedAt: instant.nullable(),
    releaseReason: z.string().nullable(),
    releaseProposedBy: z.uuid().nullable(),
    releaseProposedAt: instant.nullable(),
    releasedBy: z.uuid().nullable(),
    releasedAt: instant.nullable(),
    own: z.boolean(),
  })
  .meta({ id: 'Restriction' });

export const correctionSchema = z
  .object({
    id: z.uuid(),
    recordId: z.uuid(),
    title: z.string(),
    serviceNo: z.string(),
    archivalCode: z.string().nullable(),
    fields: z.array(z.string()),
    reason: z.string(),
    requestId: z.uuid().nullable(),
    state: z.enum(['proposed', 'agreed', 'refused']),
    proposedBy: z.uuid(),
    proposedAt: instant,
    decidedBy: z.uuid().nullable(),
    decidedAt: instant.nullable(),
    own: z.boolean(),
  })
  .meta({ id: 'Correction' });

const after = z.string().max(120).optional();
const agree = z.strictObject({ agree: z.boolean() });
const reason = z.string().min(1).max(RESTRICTION_REASON);

/** Records that are only kept, and records that are corrected: two persons each. */
export function restrictionRoutes(deps: HttpDeps): Route[] {
  const { records } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/restrictions',
      name: 'listRestrictions',
      tag: 'privacy',
      summary: 'Restrictions to storage, newest first.',
      guard: 'privacy.decide',
      kind: 'api',
      query: z.strictObject({ state: z.enum(RESTRICTION_STATES).optional(), record: z.uuid().optional(), after }),
      responses: { 200: pageSchema(restrictionSchema) },
      handler: async (ctx, { query }) => ({
        json: await listRestrictions(
          records,
          ctx.actor,
          { states: query.state === undefined ? undefined : [query.state], recordId: query.record },
          query.after,
        ),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/restrictions',
      name: 'proposeRestriction',
      tag: 'privacy',
      summary: 'Propose to keep records, or everything of a client, and no longer use it; acts once another person agrees.',
      guard: 'record.restrict',
      kind: 'api',
      body: z.strictObject({
        records: z.array(z.uuid()).min(1).max(RESTRICTION_RECORDS).optional(),
        client: z.string().min(1).max(64).optional(),
        ground: z.enum(RESTRICTION_GROUNDS),
        reason,
        requestId: z.uuid().optional(),
      }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await proposeRestriction(records, ctx.actor, body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/restrictions/:id',
      name: 'viewRestriction',
      tag: 'privacy',
      summary: 'One restriction with the records it covers, at most fifty.',
      guard: 'privacy.decide',
      kind: 'api',
      params: idParams,
      responses: { 200: restrictionSchema.extend({ covered: z.array(summarySchema) }).meta({ id: 'RestrictionView' }) },
      handler: async (ctx, { params }) => ({ json: await viewRestriction(records, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/restrictions/:id/release',
      name: 'proposeRelease',
      tag: 'privacy',
      summary: 'Propose to use the records of a restriction again; acts once another person agrees.',
      guard: 'record.release',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ reason }),
      async handler(ctx, { params, body }) {
        await proposeRelease(records, ctx.actor, { id: params.id, reason: body.reason });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/restrictions/:id/answer',
      name: 'answerRestriction',
      tag: 'privacy',
      summary: 'Agree to what another person proposed on a restriction, or refuse it.',
      guard: 'privacy.decide',
      kind: 'api',
      params: idParams,
      body: agree,
      responses: { 200: z.object({ state: z.enum(RESTRICTION_STATES), records: z.int() }) },
      handler: async (ctx, { params, body }) => ({ json: await answerRestriction(records, ctx.actor, { id: params.id, agree: body.agree }) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/corrections',
      name: 'listCorrections',
      tag: 'privacy',
      summary: 'Corrections that wait for a second person, oldest first.',
      guard: 'record.correct',
      kind: 'api',
      query: z.strictObject({ after }),
      responses: { 200: pageSchema(correctionSchema) },
      handler: async (ctx, { query }) => ({ json: await listCorrections(records, ctx.actor, { state: 'proposed' }, query.after) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/records/:id/corrections',
      name: 'correctRecord',
      tag: 'privacy',
      summary: 'Propose a correction of an archived record; it becomes a new version once another person confirms it.',
      guard: 'record.correct',
      kind: 'api',
      params: idParams,
      body: z.strictObject({
        patch: z.record(z.string().max(80), z.unknown()),
        reason: z.string().min(1).max(CORRECTION_REASON),
        requestId: z.uuid().optional(),
      }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: await correctRecord(records, ctx.actor, { recordId: params.id, ...body }) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/corrections/:id',
      name: 'viewCorrection',
      tag: 'privacy',
      summary: 'A correction with what it changes. It shows content, and looking at it is on record.',
      guard: 'record.correct',
      kind: 'api',
      params: idParams,
      responses: {
        200: correctionSchema
          .extend({ changes: z.array(z.object({ field: z.string(), old: z.string().nullable(), new: z.string().nullable() })) })
          .meta({ id: 'CorrectionView' }),
      },
      handler: async (ctx, { params }) => ({ json: await viewCorrection(records, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/corrections/:id/answer',
      name: 'answerCorrection',
      tag: 'privacy',
      summary: 'Confirm a correction that another person proposed, or refuse it.',
      guard: 'record.correct',
      kind: 'api',
      params: idParams,
      body: agree,
      responses: { 200: z.object({ recordId: z.uuid(), version: z.int().nullable() }) },
      handler: async (ctx, { params, body }) => ({ json: await answerCorrection(records, ctx.actor, { id: params.id, agree: body.agree }) }),
    }),
  ];
}
