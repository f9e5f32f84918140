import { Readable } from 'node:stream';
import { z } from 'zod';
import { DISCLOSURE_KINDS } from '../../access/index.js';
import { CHANNELS, DISCLOSURE_BASES } from '../../classification/index.js';
import { LANGS } from '../../phrases/index.js';
import {
  answerRequest,
  closeRequest,
  decideFile,
  decideRequest,
  examineRequest,
  extendRequest,
  IDENTITY_METHODS,
  identifyRequest,
  LETTER_KINDS,
  listCopyFiles,
  listDisclosed,
  listRequests,
  makeCopy,
  makeLetter,
  OUTCOMES,
  PRIVACY_KINDS,
  PRIVACY_LENGTHS,
  PRIVACY_STATES,
  PRIVACY_STEPS,
  readLetter,
  registerRequest,
  viewRequest,
} from '../../privacy/index.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Reply, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';
import { erasureRegisterSchema, erasuresSchema } from './erasures.js';
import { correctionSchema, restrictionSchema } from './restrictions.js';

const ZIP = 'application/zip';
const PDF = 'application/pdf';
const instant = z.string().meta({ format: 'date-time' });
const note = z.string().max(PRIVACY_LENGTHS.note);
const bilingual = { zh: z.string(), en: z.string() };
const requestSchema = z
  .object({
    id: z.uuid(),
    number: z.string(),
    kind: z.enum(PRIVACY_KINDS),
    channel: z.enum(CHANNELS),
    client: z.string(),
    state: z.enum(PRIVACY_STATES),
    receivedAt: instant,
    due: z.string().meta({ format: 'date' }),
    extended: z.boolean(),
    left: z.int().nullable(),
    outcome: z.enum(OUTCOMES).nullable(),
    registeredBy: z.uuid(),
    decidedBy: z.uuid().nullable(),
    answeredAt: instant.nullable(),
    closedAt: instant.nullable(),
  })
  .meta({ id: 'PrivacyRequest' });
const viewSchema = requestSchema
  .extend({
    asked: z.string(),
    name: z.string(),
    contact: z.string(),
    policy: z.string(),
    twoPersons: z.boolean(),
    identityMethod: z.string().nullable(),
    ground: z.object({ id: z.string(), ...bilingual, law: z.object(bilingual) }).nullable(),
    steps: z.array(z.object({ step: z.enum(PRIVACY_STEPS), at: instant, by: z.uuid(), note: z.string(), facts: z.record(z.string(), z.unknown()) })),
    letters: z.array(z.object({ id: z.uuid(), kind: z.enum(LETTER_KINDS), lang: z.enum(LANGS) })),
    restrictions: z.array(restrictionSchema),
    corrections: z.array(correctionSchema),
    finding: z.object({ records: z.int(), term: z.int(), held: z.int(), free: z.int() }).nullable(),
    erasures: erasuresSchema,
    registers: z.array(erasureRegisterSchema),
    missing: z.array(z.string()),
    openSteps: z.array(z.enum(PRIVACY_STEPS)),
    outcomes: z.array(z.enum(OUTCOMES)),
    grounds: z.array(z.object({ id: z.string(), ...bilingual, outcomes: z.array(z.enum(OUTCOMES)), binds: z.boolean() })),
    mayDecide: z.boolean(),
    mayWork: z.boolean(),
  })
  .meta({ id: 'PrivacyRequestView' });
const disclosureSchema = z
  .object({
    id: z.uuid(),
    at: instant,
    by: z.uuid(),
    kind: z.enum(DISCLOSURE_KINDS),
    sourceId: z.uuid().nullable(),
    recipient: z.string(),
    basis: z.enum(DISCLOSURE_BASES),
    reference: z.string(),
    law: z.string(),
    assessment: z.string(),
    records: z.int(),
  })
  .meta({ id: 'Disclosure' });

/** A client's own copy as a stream; nothing of it is put aside. */
export async function copyReply(deps: HttpDeps, ctx: RequestContext, id: string, lang: RequestContext['lang']): Promise<Reply> {
  const copy = await makeCopy(deps.privacy, ctx.actor, { id, lang });
  return {
    stream: Readable.from(copy.body, { objectMode: false }),
    type: ZIP,
    headers: { 'Content-Disposition': contentDisposition(copy.name, ZIP, 'download') },
  };
}

/** A letter as it was made. */
export async function letterReply(deps: HttpDeps, ctx: RequestContext, id: string, letter: string): Promise<Reply> {
  const { name, pdf } = await readLetter(deps.privacy, ctx.actor, { id, letter });
  return { body: pdf, type: PDF, headers: { 'Content-Disposition': contentDisposition(name, PDF, 'view') } };
}

/** Requests of clients about their personal data, and the register of disclosures. */
export function privacyRoutes(deps: HttpDeps): Route[] {
  return [...registerRoutes(deps), ...stepRoutes(deps), ...copyRoutes(deps)];
}

function registerRoutes({ privacy }: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/privacy/requests',
      name: 'listPrivacyRequests',
      tag: 'privacy',
      summary: 'The register of privacy requests, newest receipt first.',
      guard: 'privacy.view',
      kind: 'api',
      query: z.strictObject({
        state: z.enum(PRIVACY_STATES).optional(),
        kind: z.enum(PRIVACY_KINDS).optional(),
        client: z.string().max(64).optional(),
        overdue: z.enum(['1']).optional(),
        open: z.enum(['1']).optional(),
        after: z.string().max(120).optional(),
      }),
      responses: { 200: pageSchema(requestSchema) },
      handler: async (ctx, { query: { after, overdue, open, ...filter } }) => ({
        json: await listRequests(privacy, ctx.actor, { ...filter, overdue: overdue === '1', open: open === '1' }, after),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/privacy/requests',
      name: 'registerPrivacyRequest',
      tag: 'privacy',
      summary: 'Put a client’s request on the register; its day of answer follows from the rules in force.',
      guard: 'privacy.register',
      kind: 'api',
      body: z.strictObject({
        kind: z.enum(PRIVACY_KINDS),
        channel: z.enum(CHANNELS),
        client: z.string().min(1).max(64),
        receivedAt: z.iso.datetime({ offset: true }).optional(),
        asked: z.string().min(1).max(PRIVACY_LENGTHS.asked),
        name: z.string().min(1).max(PRIVACY_LENGTHS.name),
        contact: z.string().max(PRIVACY_LENGTHS.contact).default(''),
      }),
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), due: z.string() }) },
      handler: async (ctx, { body }) => ({
        status: 201,
        json: await registerRequest(privacy, ctx.actor, { ...body, receivedAt: body.receivedAt === undefined ? undefined : new Date(body.receivedAt) }),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/privacy/requests/:id',
      name: 'viewPrivacyRequest',
      tag: 'privacy',
      summary: 'One request with its steps, letters, and what is still to be done.',
      guard: 'privacy.view',
      kind: 'api',
      params: idParams,
      responses: { 200: viewSchema },
      handler: async (ctx, { params }) => ({ json: await viewRequest(privacy, ctx.actor, params.id) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/disclosures',
      name: 'listDisclosures',
      tag: 'privacy',
      summary: 'What went to people outside, with its basis and the number of its assessment, newest first.',
      guard: 'disclosure.view',
      kind: 'api',
      query: z.strictObject({
        basis: z.enum(DISCLOSURE_BASES).optional(),
        kind: z.enum(DISCLOSURE_KINDS).optional(),
        record: z.uuid().optional(),
        after: z.string().max(120).optional(),
      }),
      responses: { 200: pageSchema(disclosureSchema) },
      handler: async (ctx, { query: { after, ...filter } }) => ({ json: await listDisclosed(privacy, ctx.actor, filter, after) }),
    }),
  ];
}

function stepRoutes({ privacy }: HttpDeps): Route[] {
  const step = (
    name: string,
    summary: string,
    guard: 'privacy.register' | 'privacy.decide',
    body: z.ZodType,
    act: (ctx: RequestContext, id: string, body: never) => Promise<unknown>,
  ): Route =>
    defineRoute({
      method: 'post',
      path: `/api/v1/privacy/requests/:id/${name}`,
      name: `${name}PrivacyRequest`,
      tag: 'privacy',
      summary,
      guard,
      kind: 'api',
      params: idParams,
      body,
      async handler(ctx, { params, body: given }) {
        await act(ctx, params.id, given as never);
        return {};
      },
    });
  return [
    step(
      'identify',
      'Note how it was made sure that who asks is the client.',
      'privacy.register',
      z.strictObject({ method: z.enum(IDENTITY_METHODS), note }),
      (ctx, id, body: { method: string; note: string }) => identifyRequest(privacy, ctx.actor, { id, ...body }),
    ),
    step('examine', 'Note what the examination found.', 'privacy.register', z.strictObject({ note }), (ctx, id, body: { note: string }) =>
      examineRequest(privacy, ctx.actor, { id, ...body }),
    ),
    step(
      'extend',
      'Extend the term, once and in time, with a reason.',
      'privacy.register',
      z.strictObject({ reason: note }),
      (ctx, id, body: { reason: string }) => extendRequest(privacy, ctx.actor, { id, ...body }),
    ),
    step(
      'decide',
      'Decide on a request that another person registered; needs a second factor.',
      'privacy.decide',
      z.strictObject({ outcome: z.enum(OUTCOMES), ground: z.string().max(40).optional(), reason: note }),
      (ctx, id, body: { outcome: string; ground?: string; reason: string }) => decideRequest(privacy, ctx.actor, { id, ...body }),
    ),
    step(
      'answer',
      'Note that the answer went out; what was decided must be done and its letter made.',
      'privacy.register',
      z.strictObject({ note }),
      (ctx, id, body: { note: string }) => answerRequest(privacy, ctx.actor, { id, ...body }),
    ),
    step(
      'close',
      'Close an answered request; not while records it marked for destruction are there.',
      'privacy.register',
      z.strictObject({ note: note.default('') }),
      (ctx, id, body: { note: string }) => closeRequest(privacy, ctx.actor, { id, ...body }),
    ),
  ];
}

function copyRoutes(deps: HttpDeps): Route[] {
  const { privacy } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/privacy/requests/:id/letters',
      name: 'makePrivacyLetter',
      tag: 'privacy',
      summary: 'Make a signed letter to the client.',
      guard: 'privacy.register',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ kind: z.enum(LETTER_KINDS), lang: z.enum(LANGS) }),
      responses: { 201: z.object({ id: z.uuid() }) },
      handler: async (ctx, { params, body }) => ({ status: 201, json: await makeLetter(privacy, ctx.actor, { id: params.id, ...body }) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/privacy/requests/:id/letters/:letter',
      name: 'readPrivacyLetter',
      tag: 'privacy',
      summary: 'A letter as it was made, a signed PDF.',
      guard: 'privacy.view',
      kind: 'api',
      params: z.strictObject({ id: z.uuid(), letter: z.uuid() }),
      streams: [PDF],
      handler: (ctx, { params }) => letterReply(deps, ctx, params.id, params.letter),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/privacy/requests/:id/files',
      name: 'listPrivacyFiles',
      tag: 'privacy',
      summary: 'Files of the client’s records, and which of them go into the copy.',
      guard: 'privacy.register',
      kind: 'api',
      params: idParams,
      responses: {
        200: z.object({
          items: z.array(
            z.object({ id: z.uuid(), recordId: z.uuid(), name: z.string(), mediaType: z.string(), size: z.number(), approved: z.boolean().nullable() }),
          ),
        }),
      },
      handler: async (ctx, { params }) => ({ json: { items: await listCopyFiles(privacy, ctx.actor, params.id) } }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/privacy/requests/:id/files/:fileId',
      name: 'decidePrivacyFile',
      tag: 'privacy',
      summary: 'Decide whether one file goes into the copy; undecided ones are only listed.',
      guard: 'privacy.register',
      kind: 'api',
      params: z.strictObject({ id: z.uuid(), fileId: z.uuid() }),
      body: z.strictObject({ approved: z.boolean() }),
      async handler(ctx, { params, body }) {
        await decideFile(privacy, ctx.actor, { ...params, approved: body.approved });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/privacy/requests/:id/copy',
      name: 'makePrivacyCopy',
      tag: 'privacy',
      summary: 'The client’s own copy as a ZIP archive, made while it is sent; needs a granted request and a second factor.',
      guard: 'privacy.register',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ lang: z.enum(LANGS) }),
      streams: [ZIP],
      handler: (ctx, { params, body }) => copyReply(deps, ctx, params.id, body.lang),
    }),
  ];
}
