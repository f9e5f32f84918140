import { Confirm, type FormState } from '../components/forms.js';
import { Crumbs, Facts, Figures, PageHead, Section, State, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { Medium } from '../../records/values.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { View } from '../view.js';

export type BatchState = 'open' | 'handed_over' | 'confirmed';

export interface BatchRow {
  id: string;
  /** What people call it, for example `2026-0031`. */
  number: string;
  department: string;
  count: number;
  madeAt: string;
  handedOver: { name: string; at: string } | null;
  received: { name: string; at: string } | null;
  state: BatchState;
}

export interface BatchesModel {
  rows: readonly BatchRow[];
  paging: Paging;
}

function BatchStateMark({ state, view }: { state: BatchState; view: View }) {
  const done = state === 'confirmed';
  return (
    <State tone={done ? 'good' : 'warn'} shape={done ? 'square' : state === 'open' ? 'ring' : 'half'}>
      {view.p.pages.batches.states[state]}
    </State>
  );
}

export const batchesPage: PageOf<BatchesModel> = (view, { rows, paging }) => {
  const { p, f } = view;
  const t = p.pages.batches;
  return {
    title: t.title,
    section: 'batches',
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
                  key: 'batch',
                  head: t.columns.batch,
                  main: true,
                  cell: (row) => (
                    <a class="code" href={paths.batch(row.id)}>
                      {row.number}
                    </a>
                  ),
                },
                { key: 'department', head: t.columns.department, cell: (row) => row.department },
                { key: 'count', head: t.columns.count, number: true, cell: (row) => f.number(row.count) },
                { key: 'made', head: t.columns.made, cell: (row) => <When at={row.madeAt} /> },
                { key: 'handedOver', head: t.columns.handedOver, cell: (row) => row.handedOver?.name },
                { key: 'received', head: t.columns.received, cell: (row) => row.received?.name },
                { key: 'state', head: t.columns.state, cell: (row) => <BatchStateMark state={row.state} view={view} /> },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

export interface BatchModel extends BatchRow {
  archived: number;
  waiting: number;
  sentBack: number;
  files: number;
  /** The transfer list 归档移交清册, as far as this page shows it. */
  list: readonly { no: number; id: string; code: string | null; title: string; date: string; extent: string; medium: Medium; term: string; note: string }[];
  paging: Paging;
  mayHandOver: boolean;
  mayReceive: boolean;
  form?: FormState;
}

export const batchPage: PageOf<BatchModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.batches;
  const signed = (who: BatchRow['received']): string => (who ? say(t.signed, { name: who.name, time: f.dateTime(who.at) }) : t.unsigned);
  const title = say(t.one, { number: model.number });
  return {
    title,
    section: 'batches',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: t.title, href: paths.batches }, { text: model.number }]} />
          <PageHead title={title} lead={`${model.department} · ${f.dateTime(model.madeAt)}`}>
            <a class="button" href={paths.transferList(model.id)}>
              {t.listPdf}
            </a>
          </PageHead>
          <Figures
            figures={[
              { term: t.columns.count, value: f.number(model.count) },
              { term: t.facts.archived, value: f.number(model.archived) },
              { term: t.facts.waiting, value: f.number(model.waiting) },
              { term: t.facts.sentBack, value: f.number(model.sentBack) },
              { term: t.facts.files, value: f.number(model.files) },
            ]}
          />
        </div>
        <div class="columns columns-even">
          <Facts
            facts={[
              { term: t.columns.state, value: <BatchStateMark state={model.state} view={view} /> },
              { term: t.columns.handedOver, value: signed(model.handedOver) },
              { term: t.columns.received, value: signed(model.received) },
            ]}
          />
          <div class="row">
            {model.mayHandOver ? <Sign role="hand_over" /> : null}
            {model.mayReceive ? <Sign role="receive" /> : null}
          </div>
        </div>
        <Section title={t.list}>
          <Table
            caption={t.list}
            rows={model.list}
            id={(row) => row.id}
            columns={[
              { key: 'no', head: t.columnsList.no, number: true, cell: (row) => row.no },
              { key: 'code', head: t.columnsList.code, cell: (row) => row.code && <span class="code">{row.code}</span> },
              {
                key: 'title',
                head: t.columnsList.title,
                main: true,
                cell: (row) => (
                  <a class="title" href={paths.record(row.id)}>
                    {row.title}
                  </a>
                ),
              },
              { key: 'date', head: t.columnsList.date, cell: (row) => <When at={row.date} day /> },
              { key: 'extent', head: t.columnsList.extent, cell: (row) => row.extent },
              { key: 'medium', head: t.columnsList.medium, cell: (row) => p.values.medium[row.medium] },
              { key: 'term', head: t.columnsList.term, cell: (row) => row.term },
              { key: 'note', head: t.columnsList.note, cell: (row) => row.note },
            ]}
          />
          <Pager paging={model.paging} />
        </Section>
      </div>
    ),
  };

  function Sign({ role }: { role: 'hand_over' | 'receive' }) {
    const open = role === 'hand_over' ? t.confirm.handOver : t.confirm.receive;
    return (
      <Confirm
        action={paths.confirmBatch(model.id)}
        open={open}
        title={open}
        expected={say(t.confirm.expected, { count: String(model.count) })}
        submit={t.confirm.submit}
        hidden={{ role }}
        {...(model.form ? { form: model.form } : {})}
      >
        {say(t.confirm.lead, { count: model.count })}
      </Confirm>
    );
  }
};
