import type { Actor } from '../../audit/index.js';
import type { ReportsDeps } from '../deps.js';
import { after, PAGE, pageOf, placeOf, type Page } from '../page.js';
import { accountRows, countAccounts, type AccountKind, type AccountRow } from './store.js';

export interface ListedAccount {
  accountId: string;
  personId: string;
  name: string;
  department: string | null;
  username: string;
  state: AccountRow['state'];
  kind: AccountKind;
  createdAt: string;
  leftAt: string | null;
  lastUse: string | null;
  roles: string[];
  /** Sessions that are still open. */
  sessions: number;
  /** Grants that still live. */
  grants: number;
}

const show = (row: AccountRow): ListedAccount => ({
  accountId: row.account_id,
  personId: row.person_id,
  name: row.name,
  department: row.department,
  username: row.username,
  state: row.state,
  kind: row.kind,
  createdAt: row.created_at.toISOString(),
  leftAt: row.left_at?.toISOString() ?? null,
  lastUse: row.last_use?.toISOString() ?? null,
  roles: row.roles,
  sessions: row.sessions,
  grants: row.grants,
});

export interface AccountReview extends Page<ListedAccount> {
  counts: Record<AccountKind, number>;
  /** Days without use after which an account is listed, by the rules that act. */
  unusedDays: number;
}

const unusedDaysOf = (deps: ReportsDeps): number => deps.rules.acting('oversight', deps.oversightRules.versions).accounts.unused_days;

/** Accounts of people who left, and accounts that nobody uses: longest without use first, with what is still open. */
export async function listAccountReview(
  deps: ReportsDeps,
  actor: Actor,
  input: { kind?: AccountKind | undefined; after?: string | undefined } = {},
): Promise<AccountReview> {
  const { policy } = deps.access.authorize(actor, 'account.review');
  const asked = { at: deps.now(), unusedDays: unusedDaysOf(deps) };
  const rows = await accountRows(deps.db, { ...asked, kind: input.kind }, after(input.after), PAGE + 1);
  const counts = await countAccounts(deps.db, asked);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      decision: 'allow',
      policy,
      act: 'account.review',
      subject: { kind: 'list', id: 'accounts' },
      facts: { shown: Math.min(rows.length, PAGE), ...(input.kind === undefined ? {} : { kind: input.kind }) },
    }),
  );
  return { ...pageOf(rows, show, (row) => placeOf(row.since, row.account_id)), counts, unusedDays: asked.unusedDays };
}

/** All of them for taking away; the export stands in the signed log before the first. */
export async function exportAccountReview(
  deps: ReportsDeps,
  actor: Actor,
  input: { kind?: AccountKind | undefined; format: string },
): Promise<ListedAccount[]> {
  const { policy } = deps.access.authorize(actor, 'account.review');
  const pending = await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      decision: 'allow',
      policy,
      act: 'account.review_export',
      subject: { kind: 'list', id: 'accounts' },
      facts: { format: input.format, ...(input.kind === undefined ? {} : { kind: input.kind }) },
    }),
  );
  await deps.audit.settled(pending);
  return (await accountRows(deps.db, { at: deps.now(), unusedDays: unusedDaysOf(deps), kind: input.kind }, null, null)).map(show);
}
