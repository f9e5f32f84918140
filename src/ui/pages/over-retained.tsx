import type { RecordState } from '../../records/values.js';
import type { useView } from '../components/context.js';
import { Figures, RecordStateMark, Section } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { DueHead } from './due.js';

type Reason = keyof ReturnType<typeof useView>['p']['pages']['due']['reasons'];

export interface OverModel {
  day: string;
  total: number;
  counts: readonly { rule: string; department: string; reason: Reason; count: number; oldest: string; href: string }[];
  rows: readonly {
    id: string;
    title: string;
    code: string;
    department: string;
    state: RecordState;
    rule: string;
    reason: Reason;
    maximum: string;
    until: string;
  }[];
  paging: Paging;
  chips: readonly FilterChip[];
  exports: { csv: string; xlsx: string };
}

export const overRetainedPage: PageOf<OverModel> = ({ p, f, say }, model) => {
  const t = p.pages.due;
  return {
    title: t.titles.over,
    section: 'retention',
    body: (
      <>
        <DueHead place="over" exports={model.exports} />
        <div class="stack-l">
          <FilterChips chips={model.chips} clear={paths.overRetained} />
          <Figures figures={[{ term: say(t.overTotal, { day: model.day }), value: f.number(model.total) }]} />
          {model.total === 0 ? (
            <Empty title={t.overNone.title}>{t.overNone.text}</Empty>
          ) : (
            <>
              <Section title={t.byRule}>
                <Table
                  caption={t.byRule}
                  rows={model.counts}
                  id={(row) => row.href}
                  columns={[
                    { key: 'rule', head: t.filters.rule, main: true, cell: (row) => <a href={row.href}>{row.rule}</a> },
                    { key: 'department', head: t.filters.department, cell: (row) => row.department },
                    { key: 'why', head: t.why, cell: (row) => t.reasons[row.reason] },
                    { key: 'oldest', head: t.oldest, cell: (row) => row.oldest },
                    { key: 'count', head: t.records, number: true, cell: (row) => f.number(row.count) },
                  ]}
                />
              </Section>
              <Section title={t.list}>
                <Table
                  caption={t.list}
                  rows={model.rows}
                  id={(row) => row.id}
                  columns={[
                    {
                      key: 'record',
                      head: p.pages.schedule.record,
                      main: true,
                      cell: (row) => (
                        <>
                          <a href={paths.record(row.id)}>{row.title}</a>
                          <span class="sub code">{row.code}</span>
                        </>
                      ),
                    },
                    { key: 'department', head: t.filters.department, cell: (row) => row.department },
                    { key: 'maximum', head: t.maximum, cell: (row) => row.maximum },
                    { key: 'until', head: t.until, cell: (row) => row.until },
                    { key: 'rule', head: t.filters.rule, cell: (row) => row.rule },
                    { key: 'state', head: p.pages.policies.state, cell: (row) => <RecordStateMark state={row.state} /> },
                    { key: 'why', head: t.why, cell: (row) => t.reasons[row.reason] },
                  ]}
                />
                <Pager paging={model.paging} />
              </Section>
            </>
          )}
        </div>
      </>
    ),
  };
};
