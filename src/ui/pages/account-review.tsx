import type { AccountKind } from '../../reports/index.js';
import { useView } from '../components/context.js';
import type { Shape } from '../components/icons.js';
import { PageHead, State, When, type Tone } from '../components/marks.js';
import { Listing, ViewChips, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { OversightTabs, type OversightPlace } from './signals.js';

const KINDS: Record<AccountKind, readonly [Tone, Shape]> = {
  leaver_open: ['bad', 'triangle'],
  leaver: ['plain', 'disc'],
  unused: ['warn', 'ring'],
  sleeping: ['plain', 'half'],
  never_claimed: ['warn', 'dash'],
};

function KindMark({ kind }: { kind: AccountKind }) {
  const { p } = useView();
  const [tone, shape] = KINDS[kind];
  return (
    <State tone={tone} shape={shape}>
      {p.reports.accounts.kinds[kind]}
    </State>
  );
}

export interface AccountReviewModel {
  places: readonly OversightPlace[];
  /** `null`: all kinds. */
  kind: AccountKind | null;
  views: readonly { kind: AccountKind | null; count: number; href: string }[];
  unusedDays: number;
  rows: readonly {
    accountId: string;
    name: string;
    href: string | null;
    username: string;
    department: string;
    kind: AccountKind;
    state: 'invited' | 'active' | 'sleeping' | 'disabled';
    lastUse: string | null;
    createdAt: string;
    leftAt: string | null;
    roles: readonly string[];
    sessions: number;
    grants: number;
  }[];
  paging: Paging;
  exports: { xlsx: string; csv: string; json: string } | null;
}

/** Accounts of people who left, and accounts that nobody uses. */
export const accountReviewPage: PageOf<AccountReviewModel> = ({ p, f, say }, model) => {
  const t = p.pages.oversight.accounts;
  const { exports: taken } = model;
  return {
    title: t.title,
    section: model.places.includes('signals') ? 'signals' : 'account_review',
    body: (
      <>
        <PageHead title={t.title} lead={say(t.lead, { days: model.unusedDays })}>
          {taken === null
            ? null
            : (['xlsx', 'csv', 'json'] as const).map((format) => (
                <a key={format} class="button" href={taken[format]} download>
                  {t.exports[format]}
                </a>
              ))}
        </PageHead>
        <OversightTabs here="accounts" places={model.places} />
        <div class="stack">
          <ViewChips
            here={model.kind}
            views={model.views.map((view) => ({ ...view, name: view.kind }))}
            text={({ kind, count }) => say(t.count, { name: kind === null ? t.all : p.reports.accounts.kinds[kind], count })}
          />
          <Listing
            paging={model.paging}
            none={t.none}
            caption={t.title}
            rows={model.rows}
            id={(row) => row.accountId}
            columns={[
              { key: 'name', head: t.columns.name, main: true, cell: (row) => (row.href === null ? row.name : <a href={row.href}>{row.name}</a>) },
              { key: 'username', head: t.columns.username, cell: (row) => <span class="code">{row.username}</span> },
              { key: 'kind', head: t.columns.kind, cell: (row) => <KindMark kind={row.kind} /> },
              { key: 'last', head: t.columns.lastUse, cell: (row) => (row.lastUse === null ? t.never : <When at={row.lastUse} />) },
              { key: 'department', head: t.columns.department, cell: (row) => row.department },
              { key: 'state', head: t.columns.state, cell: (row) => p.accounts.accountState[row.state] },
              { key: 'roles', head: t.columns.roles, cell: (row) => row.roles.join(' · ') },
              { key: 'sessions', head: t.columns.sessions, number: true, cell: (row) => f.number(row.sessions) },
              { key: 'grants', head: t.columns.grants, number: true, cell: (row) => f.number(row.grants) },
              { key: 'left', head: t.columns.left, cell: (row) => (row.leftAt === null ? null : <When at={row.leftAt} day />) },
            ]}
          />
        </div>
      </>
    ),
  };
};
