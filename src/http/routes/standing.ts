import { z } from 'zod';
import {
  agreeStanding,
  confirmStanding,
  endStandingRule,
  listStandingRules,
  proposeStanding,
  refuseStanding,
  STANDING_STATES,
  STATES,
  standingView,
  type ProposeDeps,
  type StandingRow,
} from '../../access/index.js';
import { SENSITIVITIES, SERVICE_TYPES } from '../../records/index.js';
import { invalidField } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type RequestContext, type Route } from '../route.js';
import { pageSchema } from '../schemas.js';

const instant = z.string().meta({ format: 'date-time' });
const person = z.uuid().nullable();
const rule = z
  .object({
    id: z.string(),
    name: z.string(),
    says: z.object({ zh: z.string(), en: z.string() }),
    readers: z.array(z.string()),
    departments: z.array(z.string()),
    types: z.array(z.string()),
    sensitivities: z.array(z.string()),
    purposes: z.array(z.string()),
    states: z.array(z.string()),
    from: instant,
    until: instant,
    digest: z.string(),
    state: z.enum(STANDING_STATES),
    proposedBy: person,
    proposedAt: instant,
    agreedBy: person,
    agreedAt: instant.nullable(),
    seenBy: person,
    seenAt: instant.nullable(),
    confirmedBy: person,
    activatedAt: instant.nullable(),
    endedBy: person,
    endedAt: instant.nullable(),
  })
  .meta({ id: 'StandingRule' });

/** A standing rule as the API tells it. */
export function presentRule(row: StandingRow): z.infer<typeof rule> {
  const time = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    id: row.id,
    name: row.name,
    says: { zh: row.says_zh, en: row.says_en },
    readers: row.readers,
    departments: row.departments,
    types: row.types,
    sensitivities: row.sensitivities,
    purposes: row.purposes,
    states: row.states,
    from: row.starts_on.toISOString(),
    until: row.ends_on.toISOString(),
    digest: row.digest,
    state: row.state,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    agreedBy: row.agreed_by,
    agreedAt: time(row.agreed_at),
    seenBy: row.seen_by,
    seenAt: time(row.seen_at),
    confirmedBy: row.confirmed_by,
    activatedAt: time(row.activated_at),
    endedBy: row.ended_by,
    endedAt: time(row.ended_at),
  };
}

/** The id of a rule in an address; what is none is not found, like one that is not there. */
export const ruleParams = z.strictObject({ id: z.string().regex(/^[\w.-]{1,60}$/) });

/** Where a page of the list ended, as text for `after`. */
export const writeRuleCursor = (place: { at: Date; id: string } | null): string | null =>
  place === null ? null : `${place.at.getTime().toString(36)}.${place.id}`;

export function readRuleCursor(text: string | undefined): { at: Date; id: string } | null {
  if (text === undefined) return null;
  const parts = /^([0-9a-z]{1,9})\.([a-z][a-z0-9-]{0,39}\.[1-9][0-9]{0,5})$/.exec(text);
  if (!parts) throw invalidField('after', 'invalid');
  return { at: new Date(parseInt(parts[1] ?? '', 36)), id: parts[2] ?? '' };
}

/** What proposing needs: the codes of the scheme in force. */
export function proposeDeps(deps: HttpDeps): ProposeDeps {
  return {
    db: deps.db,
    audit: deps.audit,
    access: deps.access,
    now: deps.now,
    settings: deps.records.settings,
    purposes: () => Object.keys(deps.records.schemes.newest.purposes),
  };
}

const codes = (max: number) => z.array(z.string().max(40)).max(max);
const body = z.strictObject({
  name: z.string().max(40),
  says: z.strictObject({ zh: z.string().max(200), en: z.string().max(200) }),
  readers: codes(100),
  departments: codes(100),
  types: z.array(z.enum(SERVICE_TYPES)),
  sensitivities: z.array(z.enum(SENSITIVITIES)),
  purposes: codes(50),
  states: z.array(z.enum(['*', ...STATES])),
  from: z.string().max(10),
  until: z.string().max(10),
});

/** Standing rules 常设授权, under which is read by role: listed, proposed, agreed to, confirmed, ended. */
export function standingRoutes(deps: HttpDeps): Route[] {
  const step = (
    name: string,
    path: string,
    summary: string,
    guard: 'standing.agree' | 'standing.confirm' | 'standing.view' | 'standing.propose',
    act: (ctx: RequestContext, id: string) => Promise<void>,
  ): Route =>
    defineRoute({
      method: 'post',
      path: `/api/v1/standing-rules/:id/${path}`,
      name,
      tag: 'readings',
      summary,
      guard,
      kind: 'api',
      params: ruleParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await act(ctx, params.id);
        return {};
      },
    });
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/standing-rules',
      name: 'listStandingRules',
      tag: 'readings',
      summary: 'The standing rules under which is read by role, newest first: in force, waiting, or over.',
      guard: 'standing.view',
      kind: 'api',
      query: z.strictObject({ which: z.enum(['active', 'waiting', 'over']).optional(), after: z.string().max(120).optional() }),
      responses: { 200: pageSchema(rule) },
      async handler(ctx, { query }) {
        const { items, next } = await listStandingRules(deps, ctx.actor, { which: query.which, after: readRuleCursor(query.after) });
        return { json: { items: items.map(presentRule), next: writeRuleCursor(next) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/standing-rules',
      name: 'proposeStandingRule',
      tag: 'readings',
      summary:
        'Propose a standing rule, or another version of one by its name. It acts once the security administrator agreed, the audit administrator saw it and another person confirmed.',
      guard: 'standing.propose',
      kind: 'api',
      body,
      responses: { 201: z.object({ id: z.string() }) },
      handler: async (ctx, input) => ({ status: 201, json: await proposeStanding(proposeDeps(deps), ctx.actor, input.body) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/standing-rules/:id',
      name: 'viewStandingRule',
      tag: 'readings',
      summary: 'One standing rule with how far it is, and the number of readings under it in the last thirty days, counted up to ten thousand.',
      guard: 'standing.view',
      kind: 'api',
      params: ruleParams,
      responses: { 200: rule.extend({ readings: z.int(), former: z.string().nullable(), endsSoon: z.boolean() }).meta({ id: 'StandingRuleView' }) },
      async handler(ctx, { params }) {
        const { readings, former, endsSoon, ...row } = await standingView(deps, ctx.actor, params.id);
        return { json: { ...presentRule(row), readings, former: former?.id ?? null, endsSoon } };
      },
    }),
    step('agreeStandingRule', 'agree', 'The security administrator agrees to a proposed rule.', 'standing.agree', (ctx, id) =>
      agreeStanding(deps, ctx.actor, id),
    ),
    step(
      'confirmStandingRule',
      'confirm',
      'Put a rule in force that was agreed to and seen: by another person than those before.',
      'standing.confirm',
      (ctx, id) => confirmStanding(deps, ctx.actor, id),
    ),
    step('refuseStandingRule', 'refuse', 'Refuse a rule that waits, or take back one’s own.', 'standing.view', (ctx, id) =>
      refuseStanding(deps, ctx.actor, id),
    ),
    step('endStandingRule', 'end', 'End a standing rule early: nothing more is read under it.', 'standing.propose', (ctx, id) =>
      endStandingRule(deps, ctx.actor, id),
    ),
  ];
}
