import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { PageHead, State, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface ChangeRowModel {
  id: string;
  kind: keyof AllPhrases['pages']['changes']['kinds'];
  /** What changes, in words. */
  what: string;
  /** Where it is shown in full; `null` where that is all there is. */
  href: string | null;
  by: string | null;
  at: string;
  overdue: boolean;
}

export interface ChangesModel {
  rows: readonly ChangeRowModel[];
  waitHours: number;
}

/** Changes of roles and rules as they wait in front of the audit administrator. */
export const changesPage: PageOf<ChangesModel> = ({ p, say }, { rows, waitHours }) => {
  const t = p.pages.changes;
  return {
    title: t.title,
    section: 'changes',
    body: (
      <>
        <PageHead title={t.title} lead={say(t.lead, { hours: waitHours })} />
        {rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <Table
            caption={t.title}
            rows={rows}
            id={(row) => row.id}
            columns={[
              { key: 'kind', head: t.columns.kind, cell: (row) => t.kinds[row.kind] },
              { key: 'what', head: t.columns.what, main: true, cell: (row) => <What row={row} /> },
              { key: 'by', head: t.columns.by, cell: (row) => row.by ?? t.found },
              { key: 'at', head: t.columns.at, cell: (row) => <When at={row.at} /> },
              { key: 'see', head: t.columns.see, cell: (row) => <See id={row.id} /> },
            ]}
          />
        )}
      </>
    ),
  };
};

function What({ row }: { row: ChangeRowModel }) {
  const { p } = useView();
  return (
    <>
      {row.href === null ? (
        row.what
      ) : (
        <a class="title" href={row.href}>
          {row.what}
        </a>
      )}
      {row.overdue ? (
        <span class="sub">
          <State tone="bad" shape="triangle">
            {p.pages.changes.overdue}
          </State>
        </span>
      ) : null}
    </>
  );
}

function See({ id }: { id: string }) {
  const { p } = useView();
  return (
    <form method="post" action={paths.seeChange(id)}>
      <button class="button">{p.pages.changes.see}</button>
    </form>
  );
}
