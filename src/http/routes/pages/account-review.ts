import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import { ACCOUNT_KINDS, listAccountReview } from '../../../reports/index.js';
import { accountReviewPage, paths } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { ACCOUNT_EXPORTS, accountExport, accountKind } from '../account-review.js';
import { departmentsOf, linkTo, pagingOf } from './common.js';
import { oversightPlaces } from './signals.js';

const query = z.strictObject({ kind: accountKind, after: z.string().max(200, 'too_long').optional() });

async function show(deps: HttpDeps, ctx: RequestContext, asked: z.output<typeof query>): Promise<Reply> {
  const { items, next, counts, unusedDays } = await listAccountReview(deps.reports, ctx.actor, asked);
  const departments = await departmentsOf(deps, ctx);
  const { access } = phrasesFor(ctx.lang);
  const roles: Readonly<Record<string, string>> = access.roles;
  const mayOpen = deps.access.mayEver(ctx.actor, 'person.view');
  const exportOf = (format: string): string => linkTo(paths.accountReviewExport, { kind: asked.kind, format });
  return page(deps, ctx, accountReviewPage, {
    places: oversightPlaces(deps, ctx),
    kind: asked.kind ?? null,
    views: [null, ...ACCOUNT_KINDS].map((kind) => ({
      kind,
      count: kind === null ? Object.values(counts).reduce((sum, one) => sum + one, 0) : counts[kind],
      href: linkTo(paths.accountReview, { kind: kind ?? undefined }),
    })),
    unusedDays,
    rows: items.map((one) => ({
      ...one,
      department: one.department === null ? '' : departments.name(one.department),
      roles: one.roles.map((role) => roles[role] ?? role),
      href: mayOpen ? paths.person(one.personId) : null,
    })),
    paging: { ...pagingOf(paths.accountReview, asked, items.length, next) },
    exports: items.length === 0 ? null : { xlsx: exportOf('xlsx'), csv: exportOf('csv'), json: exportOf('json') },
  });
}

/** Leavers and sleepers, for people. */
export function accountReviewPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.accountReview,
      name: 'accountReviewPage',
      guard: 'account.review',
      query,
      handler: (ctx, { query: asked }) => show(deps, ctx, asked),
    }),
    definePage({
      method: 'get',
      path: paths.accountReviewExport,
      name: 'accountReviewExportPage',
      guard: 'account.review',
      query: z.strictObject({ kind: accountKind, format: z.enum(ACCOUNT_EXPORTS).default('xlsx') }),
      handler: (ctx, { query: { kind, format } }) => accountExport(deps, ctx, kind, format, ctx.lang),
    }),
  ];
}
