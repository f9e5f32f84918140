import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Figures, PageHead, Section, Tabs, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export type LatenessKind = keyof AllPhrases['pages']['lateness']['tabs'];

export interface LatenessModel {
  kind: LatenessKind;
  hours: number;
  days: number;
  /** `more`: there are at least so many. */
  figures: {
    onTime: number | null;
    late: number;
    notArchived: { count: number; more: boolean };
    returnCall: { count: number; more: boolean };
  };
  departments: readonly { department: string; total: number; late: number; medianSeconds: number; p95Seconds: number }[];
  outOfScope: readonly { source: string; reason: string; count: number }[];
  rows: readonly {
    id: string | null;
    title: string | null;
    serviceNo: string;
    department: string;
    source: string;
    closedAt: string;
    archivedAt: string | null;
    saidAt: string | null;
    lagSeconds: number | null;
  }[];
  paging: Paging;
}

export const latenessPage: PageOf<LatenessModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.lateness;
  const { figures } = model;
  return {
    title: t.title,
    section: 'lateness',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <div class="stack-l">
          <Figures
            figures={[
              { term: t.figures.onTime, value: figures.onTime === null ? '—' : f.percent(figures.onTime), small: say(t.days, { days: model.days }) },
              { term: t.figures.late, value: f.number(figures.late) },
              { term: t.figures.notArchived, value: f.number(figures.notArchived.count) + (figures.notArchived.more ? '+' : '') },
              { term: t.figures.returnCall, value: f.number(figures.returnCall.count) + (figures.returnCall.more ? '+' : '') },
            ]}
          />
          <div>
            <Tabs
              label={t.title}
              tabs={(Object.keys(t.tabs) as LatenessKind[]).map((kind) => ({
                text: t.tabs[kind],
                href: `${paths.lateness}?kind=${kind}`,
                here: kind === model.kind,
              }))}
            />
            <p class="muted small">{say(t.leads[model.kind], { hours: model.hours })}</p>
            {model.rows.length === 0 ? (
              <Empty title={t.none[model.kind]} />
            ) : (
              <>
                <Table
                  caption={t.tabs[model.kind]}
                  rows={model.rows}
                  id={(row) => `${row.source}${row.serviceNo}`}
                  columns={[
                    {
                      key: 'record',
                      head: t.columns.record,
                      main: true,
                      cell: (row) => (
                        <>
                          {row.id ? (
                            <a class="title" href={paths.record(row.id)}>
                              {row.title}
                            </a>
                          ) : null}
                          <span class="sub code">{row.serviceNo}</span>
                        </>
                      ),
                    },
                    { key: 'department', head: t.columns.department, cell: (row) => row.department },
                    { key: 'source', head: t.columns.source, cell: (row) => row.source },
                    { key: 'closed', head: t.columns.closed, cell: (row) => <When at={row.closedAt} /> },
                    model.kind === 'not_archived'
                      ? { key: 'said', head: t.columns.said, cell: (row) => row.saidAt && <When at={row.saidAt} day /> }
                      : { key: 'archived', head: t.columns.archived, cell: (row) => row.archivedAt && <When at={row.archivedAt} /> },
                    { key: 'lag', head: t.columns.lag, number: true, cell: (row) => row.lagSeconds !== null && f.clock(row.lagSeconds) },
                  ]}
                />
                <Pager paging={model.paging} />
              </>
            )}
          </div>
          <Lags model={model} />
        </div>
      </>
    ),
  };
};

function Lags({ model }: { model: LatenessModel }) {
  const { p, say, f } = useView();
  const t = p.pages.lateness;
  return (
    <div class="columns columns-even">
      {model.departments.length === 0 ? null : (
        <Section title={t.departments} aside={<span class="small muted">{say(t.days, { days: model.days })}</span>}>
          <Table
            caption={t.departments}
            rows={model.departments}
            id={(row) => row.department}
            columns={[
              { key: 'department', head: t.columns.department, main: true, cell: (row) => row.department },
              { key: 'total', head: t.departmentColumns.total, number: true, cell: (row) => f.number(row.total) },
              { key: 'late', head: t.departmentColumns.late, number: true, cell: (row) => f.number(row.late) },
              { key: 'median', head: t.departmentColumns.median, number: true, cell: (row) => f.clock(row.medianSeconds) },
              { key: 'p95', head: t.departmentColumns.p95, number: true, cell: (row) => f.clock(row.p95Seconds) },
            ]}
          />
        </Section>
      )}
      {model.outOfScope.length === 0 ? null : (
        <Section title={t.outOfScope}>
          <p class="small muted">{say(t.outOfScopeLead, { days: model.days })}</p>
          <Table
            caption={t.outOfScope}
            rows={model.outOfScope}
            id={(row) => `${row.source} ${row.reason}`}
            columns={[
              { key: 'source', head: t.scopeColumns.source, main: true, cell: (row) => row.source },
              { key: 'reason', head: t.scopeColumns.reason, cell: (row) => row.reason },
              { key: 'count', head: t.scopeColumns.count, number: true, cell: (row) => f.number(row.count) },
            ]}
          />
        </Section>
      )}
    </div>
  );
}
