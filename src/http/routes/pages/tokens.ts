import { TOKEN_DAYS, type TokenView } from '../../../accounts/index.js';
import { paths, tokensPage, type FormState, type TokensModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, listOf, refusedForm, textOf, type Form } from './common.js';
import { placesOf } from './people.js';

/** Offered for a new token; a quarter is long enough to notice one that nobody uses. */
const DAYS = 90;
const FRESH: FormState = { values: { days: String(DAYS) }, errors: [] };

function stateOf(token: TokenView, now: Date): 'active' | 'revoked' | 'expired' {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt <= now ? 'expired' : 'active';
}

async function show(deps: HttpDeps, ctx: RequestContext, more: { form?: FormState; issued?: TokensModel['issued'] } = {}): Promise<Reply> {
  const list = await deps.accounts.listTokens(ctx.actor);
  const departments = await departmentsOf(deps, ctx);
  const now = deps.now();
  const model: TokensModel = {
    places: placesOf(deps, ctx),
    rows: list.map((one) => ({
      id: one.tokenId,
      name: one.name,
      scopes: one.scopes,
      department: one.department === null ? '' : departments.name(one.department),
      expiresAt: one.expiresAt.toISOString(),
      usedAt: one.usedAt?.toISOString() ?? null,
      state: stateOf(one, now),
    })),
    departments: departments.options,
    form: more.form ?? FRESH,
    maxDays: TOKEN_DAYS,
    issued: more.issued ?? null,
  };
  return page(deps, standingAt(ctx, paths.tokens), tokensPage, model, { status: more.form ? 422 : 200 });
}

async function issue(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const department = textOf(body, 'department');
  const days = textOf(body, 'days');
  const input = {
    name: textOf(body, 'name'),
    scopes: listOf(body, 'scopes'),
    department: department === '' ? null : department,
    days: /^\d{1,4}$/.test(days) ? Number(days) : Number.NaN,
  } as Parameters<typeof deps.accounts.issueToken>[1];
  const tried = await attempt(() => deps.accounts.issueToken(ctx.actor, input));
  if ('done' in tried) return show(deps, ctx, { issued: { secret: tried.done.secret, until: tried.done.expiresAt.toISOString() } });
  if (tried.refused.fields.length === 0) return refusedAt(paths.tokens, tried.refused);
  return show(deps, ctx, { form: refusedForm(body, tried.refused) });
}

/** Tokens of machines: issued, listed, revoked. */
export function tokenPages(deps: HttpDeps): Route[] {
  return [
    definePage({ method: 'get', path: paths.tokens, name: 'tokensPage', guard: 'token.manage', handler: (ctx) => show(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.tokens,
      name: 'issueTokenForm',
      guard: 'token.manage',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => issue(deps, ctx, body),
    }),
    definePage({
      method: 'post',
      path: `${paths.tokens}/:id/revoke`,
      name: 'revokeTokenForm',
      guard: 'token.manage',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.tokens, 'token_revoked', () => deps.accounts.revokeToken(ctx.actor, { tokenId: params.id })),
    }),
  ];
}
