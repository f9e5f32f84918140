import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import { SERVICE_TYPES } from '../../../records/index.js';
import { paths, policiesPage, systemPage, type FormState, type PoliciesModel, type PolicyRow, type SystemModel } from '../../../ui/index.js';
import { checkKeys, keysStatus, rotateKeys } from '../../../vault/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { formBody, textOf } from './common.js';

const kinds = z.enum(['access', 'scheme', 'schedule']);
type Kind = z.infer<typeof kinds>;

const STATES: Record<string, PolicyRow['state']> = {
  proposed: 'waiting',
  agreed: 'proposed',
  active: 'active',
  superseded: 'superseded',
  refused: 'superseded',
};

async function accessVersions(deps: HttpDeps, ctx: RequestContext): Promise<PolicyRow[]> {
  const list = await deps.policies.list(ctx.actor);
  const names = await deps.accounts.namesOfPersons([...new Set(list.flatMap((one) => [one.agreedBy, one.confirmedBy]).filter((one) => one !== null))]);
  return list.map((one) => ({
    set: one.id,
    name: one.profile,
    version: one.version.slice(0, 28),
    digest: one.version,
    state: STATES[one.state] ?? 'superseded',
    since: one.activatedAt?.toISOString() ?? null,
    by: [one.agreedBy, one.confirmedBy].flatMap((by) => (by === null ? [] : [names.get(by) ?? ''])),
    changes: [],
    mayPropose: one.state === 'proposed' && deps.access.mayEver(ctx.actor, 'policy.activate'),
    mayConfirm: one.state === 'agreed' && one.agreedBy !== ctx.actor.personId && deps.access.mayEver(ctx.actor, 'policy.confirm'),
  }));
}

function single(document: { name: string; digest: string; version: string }): PolicyRow {
  return {
    set: document.name,
    name: document.name,
    version: document.version,
    digest: document.digest,
    state: 'active',
    since: null,
    by: [],
    changes: [],
    mayPropose: false,
    mayConfirm: false,
  };
}

function schemeOf(deps: HttpDeps, ctx: RequestContext): NonNullable<PoliciesModel['scheme']> {
  const scheme = deps.records.schemes.newest;
  const { fields } = phrasesFor(ctx.lang);
  const word = (path: string): string => (fields as Record<string, string>)[path.replace('.*', '')] ?? path;
  return {
    title: scheme.title[ctx.lang],
    code: scheme.archivalCode.pattern,
    types: SERVICE_TYPES.map((type) => {
      const one = scheme.serviceTypes[type];
      const required = scheme.forms[one.form]?.required ?? [];
      return {
        type,
        class: one.class,
        sensitivity: one.sensitivity,
        purposes: one.purposes.map((purpose) => scheme.purposes[purpose]?.[ctx.lang] ?? purpose),
        required: required.map((need) => (need.field === undefined ? (need.oneOf ?? []).map(word).join(' / ') : word(need.field))),
      };
    }),
    scope: scheme.filingScope.rules.map((rule) => ({ title: rule.title[ctx.lang], decision: rule.decision })),
  };
}

async function policiesModel(deps: HttpDeps, ctx: RequestContext, kind: Kind, form?: FormState): Promise<PoliciesModel> {
  const more = form === undefined ? {} : { form };
  if (kind === 'scheme') return { kind, versions: [single(deps.records.schemes.newest)], scheme: schemeOf(deps, ctx), ...more };
  if (kind === 'schedule') return { kind, versions: [single(deps.records.schedules.newest)], ...more };
  return { kind, versions: await accessVersions(deps, ctx), ...more };
}

async function systemModel(deps: HttpDeps, ctx: RequestContext, form?: FormState): Promise<SystemModel> {
  const { parts } = await deps.ready();
  const status = await keysStatus(deps.keeper, ctx.actor);
  const check = await checkKeys(deps.keeper, ctx.actor, { sample: 0 });
  const known = ['database', 'store', 'keystore', 'audit', 'jobs'] as const;
  return {
    parts: known.filter((part) => parts[part] !== undefined).map((part) => ({ part, ok: parts[part] === true, detail: '' })),
    keys: {
      places: check.places.map((one) => ({
        place: one.place,
        reachable: one.reachable,
        same: one.same,
        active: one.keks.active,
        retired: one.keks.retired,
        destroying: one.keks.destroying,
        destroyed: one.keks.destroyed,
        faults: one.faults,
      })),
      contentKeys: status.buckets.reduce((sum, one) => sum + one.used, 0),
      mayRotate: deps.access.mayEver(ctx.actor, 'key.rotate'),
    },
    storage: null,
    tasks: null,
    ...(form === undefined ? {} : { form }),
  };
}

/** Rules, scheme, schedule; keys and how it runs. */
export function systemPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.policies,
      name: 'policiesPage',
      guard: 'policy.view',
      query: z.strictObject({ kind: kinds.default('access') }),
      handler: async (ctx, { query }) => page(deps, ctx, policiesPage, await policiesModel(deps, ctx, query.kind)),
    }),
    definePage({
      method: 'post',
      path: '/policies/:id/propose',
      name: 'agreePolicyForm',
      guard: 'policy.activate',
      params: z.strictObject({ id: z.uuid() }),
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params }) {
        await deps.policies.agree(ctx.actor, params.id);
        return redirectWith(paths.policies, { kind: 'good', code: 'policy_proposed' });
      },
    }),
    definePage({
      method: 'post',
      path: '/policies/:id/confirm',
      name: 'confirmPolicyForm',
      guard: 'policy.confirm',
      params: z.strictObject({ id: z.uuid() }),
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const one = (await accessVersions(deps, ctx)).find(({ set }) => set === params.id);
        if (one && textOf(body, 'confirm') !== one.version) {
          const form: FormState = { values: body, errors: [{ field: 'confirm', code: 'not_typed', params: { expected: one.version } }] };
          return page(deps, ctx, policiesPage, await policiesModel(deps, ctx, 'access', form), { status: 422 });
        }
        await deps.policies.confirm(ctx.actor, params.id);
        return redirectWith(paths.policies, { kind: 'good', code: 'policy_activated' });
      },
    }),
    definePage({
      method: 'get',
      path: paths.system,
      name: 'systemPage',
      guard: 'key.status',
      handler: async (ctx) => page(deps, ctx, systemPage, await systemModel(deps, ctx)),
    }),
    definePage({
      method: 'post',
      path: '/system/rotate',
      name: 'rotateKeysForm',
      guard: 'key.rotate',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const { expected } = phrasesFor(ctx.lang).pages.system.keys;
        if (textOf(body, 'confirm') !== expected) {
          return page(
            deps,
            ctx,
            systemPage,
            await systemModel(deps, ctx, { values: body, errors: [{ field: 'confirm', code: 'not_typed', params: { expected } }] }),
            { status: 422 },
          );
        }
        await rotateKeys(deps.keeper, ctx.actor);
        return redirectWith(paths.system, { kind: 'good', code: 'keys_rotated' });
      },
    }),
  ];
}
