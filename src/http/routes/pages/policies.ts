import { z } from 'zod';
import { changeText, policyChanges, type Act, type PolicyVersion } from '../../../access/index.js';
import { CodedError } from '../../../errors/index.js';
import type { RuleKind, RuleVersion } from '../../../records/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import { paths, policiesPage, type PoliciesModel, type PolicyVersionRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, notTyped, standingAt } from './acts.js';
import { formBody } from './common.js';
import { schedulePart, schemePart } from './policies-text.js';
import { ruleChangeWords } from './rule-words.js';

type Kind = PoliciesModel['kind'];
type Part = Omit<PoliciesModel, 'kind' | 'refused'>;

/** What people call a version by: enough of its digest to tell any two apart. */
const shortOf = (version: string): string => version.replace(/^.*sha256:/, '').slice(0, 12);
const isWaiting = ({ state }: Pick<PolicyVersion, 'state'>): boolean => state === 'proposed' || state === 'agreed';

type Approved = Pick<PolicyVersion, 'agreedBy' | 'confirmedBy' | 'activatedAt'> & { consentedBy?: string | null };

export async function approvers(deps: HttpDeps, ctx: RequestContext, versions: readonly Approved[]): Promise<(one: Approved) => string[]> {
  const ids = versions.flatMap((one) => [one.agreedBy, one.confirmedBy, one.consentedBy ?? null]).filter((id) => id !== null);
  const names = await deps.accounts.namesOfPersons([...new Set(ids)]);
  const t = phrasesFor(ctx.lang).pages.policies;
  return (one) => {
    const by = [
      ...(one.consentedBy ? [say(phrasesFor(ctx.lang).pages.schedule.consented, { name: names.get(one.consentedBy) ?? one.consentedBy })] : []),
      ...(one.agreedBy === null ? [] : [say(t.agreed, { name: names.get(one.agreedBy) ?? one.agreedBy })]),
      ...(one.confirmedBy === null ? [] : [say(t.confirmed, { name: names.get(one.confirmedBy) ?? one.confirmedBy })]),
    ];
    return by.length === 0 && one.activatedAt !== null ? [t.bootstrap] : by;
  };
}

async function accessPart(deps: HttpDeps, ctx: RequestContext): Promise<Part> {
  const versions = await deps.policies.list(ctx.actor);
  const by = await approvers(deps, ctx, versions);
  const may = (act: Act): boolean => deps.access.mayEver(ctx.actor, act);
  const rows: PolicyVersionRow[] = [];
  for (const one of versions) {
    const changes = isWaiting(one) ? policyChanges(deps.policies.active(), await deps.policies.view(ctx.actor, one.id)) : null;
    rows.push({
      id: one.id,
      set: phrasesFor(ctx.lang).access.policies.title,
      version: shortOf(one.version),
      digest: one.version,
      state: one.state,
      profile: one.profile,
      proposedAt: one.proposedAt.toISOString(),
      since: one.activatedAt?.toISOString() ?? null,
      by: by(one),
      changes: changes?.map((change) => changeText(ctx.lang, change)) ?? null,
      mayAgree: one.state === 'proposed' && may('policy.activate'),
      unseen: isWaiting(one) && !one.seen,
      mayConfirm: one.state === 'agreed' && one.seen && may('policy.confirm') && one.agreedBy !== ctx.actor.personId,
      mayRefuse: isWaiting(one) && may('policy.confirm'),
    });
  }
  return { versions: rows };
}

/** Versions of scheme or schedule; what waits with its differences against the one in force. */
async function ruleVersions(deps: HttpDeps, ctx: RequestContext, kind: RuleKind): Promise<PolicyVersionRow[]> {
  const versions = await deps.rules.list(ctx.actor, kind);
  const by = await approvers(deps, ctx, versions);
  const may = (act: Act): boolean => deps.access.mayEver(ctx.actor, act);
  return versions.map((one) => {
    const [id = one.name, version = ''] = one.name.split('@');
    return {
      id: one.id,
      set: id,
      version,
      digest: one.digest,
      state: one.state,
      profile: null,
      proposedAt: one.firstSeen.toISOString(),
      since: one.activatedAt?.toISOString() ?? null,
      by: by(one),
      more: kind === 'schedule' ? paths.schedule(one.id) : undefined,
      consentWaits: isWaiting(one) && one.shortens && one.consentedBy === null,
      changes: isWaiting(one) ? ruleChangeWords(deps, ctx.lang, kind, one.name) : null,
      mayAgree: one.state === 'proposed' && may('policy.activate'),
      unseen: isWaiting(one) && !one.seen,
      mayConfirm:
        one.state === 'agreed' &&
        one.seen &&
        (!one.shortens || one.consentedBy !== null) &&
        may('policy.confirm') &&
        ![one.agreedBy, one.consentedBy].includes(ctx.actor.personId),
      mayRefuse: isWaiting(one) && may('policy.confirm'),
    };
  });
}

async function partOf(deps: HttpDeps, ctx: RequestContext, kind: Kind): Promise<Part> {
  if (kind === 'access') return accessPart(deps, ctx);
  const versions = await ruleVersions(deps, ctx, kind);
  if (kind === 'scheme') return { versions, ...schemePart(deps, ctx) };
  return kind === 'schedule' ? { versions, ...schedulePart(deps, ctx) } : { versions };
}

async function show(deps: HttpDeps, ctx: RequestContext, kind: Kind, refused: PoliciesModel['refused'] = null): Promise<Reply> {
  const model: PoliciesModel = { kind, ...(await partOf(deps, ctx, kind)), refused };
  return page(deps, standingAt(ctx, `${paths.policies}?kind=${kind}`), policiesPage, model, { status: refused ? 422 : 200 });
}

async function ruleNamed(deps: HttpDeps, ctx: RequestContext, id: string): Promise<RuleVersion> {
  const found = (await deps.rules.list(ctx.actor)).find((one) => one.id === id);
  if (!found) throw new CodedError('not_found');
  return found;
}

/** The rules that decide, over their life: access rules, scheme, schedule. */
export function policyPages(deps: HttpDeps): Route[] {
  const act = (name: 'agree' | 'refuse', guard: Act, done: string): Route =>
    definePage({
      method: 'post',
      path: `${paths.policies}/:id/${name}`,
      name: `${name}PolicyForm`,
      guard,
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.policies, done, () => deps.policies[name](ctx.actor, params.id)),
    });
  return [
    definePage({
      method: 'get',
      path: paths.policies,
      name: 'policiesPage',
      guard: 'policy.view',
      query: z.strictObject({ kind: z.enum(['access', 'scheme', 'schedule', 'signals', 'calendar', 'disposition', 'oversight']).default('access') }),
      handler: (ctx, { query }) => show(deps, ctx, query.kind),
    }),
    ...(['agree', 'refuse'] as const).map((name) =>
      definePage({
        method: 'post',
        path: `/rules/:id/${name}`,
        name: `${name}RuleForm`,
        guard: name === 'agree' ? 'policy.activate' : 'policy.confirm',
        params: idParams,
        bodyKind: 'form',
        body: formBody,
        async handler(ctx, { params }) {
          const { kind } = await ruleNamed(deps, ctx, params.id);
          return actAt(`${paths.policies}?kind=${kind}`, name === 'agree' ? 'policy_agreed' : 'policy_refused', () => deps.rules[name](ctx.actor, params.id));
        },
      }),
    ),
    definePage({
      method: 'post',
      path: '/rules/:id/confirm',
      name: 'confirmRuleForm',
      guard: 'policy.confirm',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const rule = await ruleNamed(deps, ctx, params.id);
        const form = notTyped(body, rule.name.split('@')[1] ?? '');
        if (form) return show(deps, ctx, rule.kind, { at: params.id, form });
        return actAt(`${paths.policies}?kind=${rule.kind}`, 'policy_activated', () => deps.rules.confirm(ctx.actor, params.id));
      },
    }),
    act('agree', 'policy.activate', 'policy_agreed'),
    act('refuse', 'policy.confirm', 'policy_refused'),
    definePage({
      method: 'post',
      path: `${paths.policies}/:id/confirm`,
      name: 'confirmPolicyForm',
      guard: 'policy.confirm',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const version = (await deps.policies.list(ctx.actor)).find(({ id }) => id === params.id);
        if (version === undefined) return redirectWith(paths.policies, { kind: 'bad', code: 'not_found' });
        const form = notTyped(body, shortOf(version.version));
        if (form) return show(deps, ctx, 'access', { at: params.id, form });
        return actAt(paths.policies, 'policy_activated', () => deps.policies.confirm(ctx.actor, params.id));
      },
    }),
  ];
}
