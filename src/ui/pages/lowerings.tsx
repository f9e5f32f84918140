import type { Sensitivity } from '../../records/values.js';
import { PageHead, SensitivityMark, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface LoweringsModel {
  rows: readonly {
    id: string;
    recordId: string;
    title: string;
    serviceNo: string;
    code: string;
    from: Sensitivity;
    to: Sensitivity;
    by: string;
    proposedAt: string;
    own: boolean;
  }[];
  paging: Paging;
}

/** Sensitivities that wait to be lowered; each is answered on the record's own page, where one sees what it is about. */
export const loweringsPage: PageOf<LoweringsModel> = ({ p }, { rows, paging }) => {
  const t = p.pages.lowerings;
  return {
    title: t.title,
    section: 'home',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        {rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'record',
                  head: t.columns.record,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="title" href={paths.record(row.recordId)}>
                        {row.title}
                      </a>
                      <span class="sub code">{row.code || row.serviceNo}</span>
                    </>
                  ),
                },
                { key: 'from', head: t.columns.from, cell: (row) => <SensitivityMark level={row.from} /> },
                { key: 'to', head: t.columns.to, cell: (row) => <SensitivityMark level={row.to} /> },
                { key: 'by', head: t.columns.by, cell: (row) => (row.own ? t.own : row.by) },
                { key: 'at', head: t.columns.at, cell: (row) => <When at={row.proposedAt} /> },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};
