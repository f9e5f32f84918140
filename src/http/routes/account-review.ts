import { z } from 'zod';
import { csvStream, xlsxStream, type ExportColumn } from '../../documents/index.js';
import { phrasesFor, type Lang } from '../../phrases/index.js';
import { ACCOUNT_KINDS, exportAccountReview, listAccountReview, type AccountKind, type ListedAccount } from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';
import { today } from '../today.js';

const account = z
  .object({
    accountId: z.uuid(),
    personId: z.uuid(),
    name: z.string(),
    department: z.string().nullable(),
    username: z.string(),
    state: z.enum(['invited', 'active', 'sleeping', 'disabled']),
    kind: z.enum(ACCOUNT_KINDS),
    createdAt: z.string(),
    leftAt: z.string().nullable(),
    lastUse: z.string().nullable(),
    roles: z.array(z.string()),
    sessions: z.int(),
    grants: z.int(),
  })
  .meta({ id: 'ListedAccount' });

export const ACCOUNT_EXPORTS = ['xlsx', 'csv', 'json'] as const;
export const accountKind = z.enum(ACCOUNT_KINDS, 'unknown_value').optional();

/** The list to take away. */
export async function accountExport(
  deps: HttpDeps,
  ctx: RequestContext,
  kind: AccountKind | undefined,
  format: (typeof ACCOUNT_EXPORTS)[number],
  lang: Lang,
): Promise<Reply> {
  const rows = await exportAccountReview(deps.reports, ctx.actor, { kind, format });
  const headers = { 'Content-Disposition': `attachment; filename="accounts-${today(deps)}.${format}"` };
  if (format === 'json') return { body: Buffer.from(`${JSON.stringify(rows, null, 1)}\n`), type: 'application/json; charset=utf-8', headers };
  const p = phrasesFor(lang);
  const c = p.pages.oversight.accounts.columns;
  const roles: Readonly<Record<string, string>> = p.access.roles;
  const columns: ExportColumn<ListedAccount>[] = [
    { head: c.name, value: (one) => one.name },
    { head: c.username, value: (one) => one.username },
    { head: c.department, value: (one) => one.department },
    { head: c.kind, value: (one) => p.reports.accounts.kinds[one.kind], width: 24 },
    { head: c.state, value: (one) => p.accounts.accountState[one.state] },
    { head: c.lastUse, value: (one) => one.lastUse, width: 24 },
    { head: c.roles, value: (one) => one.roles.map((role) => roles[role] ?? role).join(' '), width: 30 },
    { head: c.sessions, value: (one) => one.sessions },
    { head: c.grants, value: (one) => one.grants },
    { head: c.created, value: (one) => one.createdAt, width: 24 },
    { head: c.left, value: (one) => one.leftAt, width: 24 },
  ];
  return format === 'csv'
    ? { stream: csvStream(columns, rows), type: 'text/csv; charset=utf-8', headers }
    : { stream: xlsxStream('accounts', columns, rows), type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', headers };
}

/** Accounts of people who left, and accounts that nobody uses. */
export function accountReviewRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/account-review',
      name: 'listAccountReview',
      tag: 'audit',
      summary: 'Accounts of people who left, and accounts that nobody has used for as long as the rules say, with what of them is still open.',
      guard: 'account.review',
      kind: 'api',
      query: z.strictObject({ kind: accountKind, after: z.string().max(200, 'too_long').optional() }),
      responses: {
        200: z.object({
          items: z.array(account),
          next: z.string().nullable(),
          counts: z.object(Object.fromEntries(ACCOUNT_KINDS.map((kind) => [kind, z.int()])) as Record<AccountKind, z.ZodInt>),
          unusedDays: z.int(),
        }),
      },
      handler: async (ctx, { query }) => ({ json: await listAccountReview(deps.reports, ctx.actor, query) }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/account-review/export',
      name: 'exportAccountReview',
      tag: 'audit',
      summary: 'The same list as XLSX, CSV or JSON; exporting is itself on record.',
      guard: 'account.review',
      kind: 'api',
      query: z.strictObject({ kind: accountKind, format: z.enum(ACCOUNT_EXPORTS).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv', 'application/json'],
      handler: (ctx, { query }) => accountExport(deps, ctx, query.kind, query.format, query.lang ?? ctx.lang),
    }),
  ];
}
