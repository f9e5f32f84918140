import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, fieldLabel } from '../components/forms.js';
import type { Shape } from '../components/icons.js';
import { Facts, PageHead, Section, State, Tabs, When, type Tone } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['corrections'];
export type CorrectionTab = keyof Texts['tabs'];

export interface CorrectionListRow {
  id: string;
  recordId: string;
  title: string;
  code: string;
  fields: readonly string[];
  by: string;
  at: string;
  state: CorrectionTab;
  own: boolean;
}

const MARKS: Record<CorrectionTab, readonly [Tone, Shape]> = { proposed: ['warn', 'ring'], agreed: ['good', 'disc'], refused: ['plain', 'cross'] };

function CorrectionMark({ state }: { state: CorrectionTab }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.corrections.states[state]}
    </State>
  );
}

export interface CorrectionsModel {
  tab: CorrectionTab;
  /** Only those of one record. */
  record: { id: string; title: string } | null;
  rows: readonly CorrectionListRow[];
  paging: Paging;
}

/** Corrections that wait, and those that were answered; of all records or of one. */
export const correctionsPage: PageOf<CorrectionsModel> = (view, { tab, record, rows, paging }) => {
  const { p } = view;
  const t = p.pages.corrections;
  return {
    title: t.title,
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          {record ? (
            <a class="button" href={paths.corrections}>
              {t.all}
            </a>
          ) : null}
        </PageHead>
        <Tabs
          label={t.title}
          tabs={(['proposed', 'agreed', 'refused'] as const).map((one) => ({
            text: t.tabs[one],
            href: paths.correctionsOf(one, record?.id),
            here: one === tab,
          }))}
        />
        {record ? (
          <p>
            {t.ofRecord}
            {p.common.colon}
            <a href={paths.record(record.id)}>{record.title}</a>
          </p>
        ) : null}
        {rows.length === 0 ? (
          <Empty title={t.none[tab].title}>{t.none[tab].text}</Empty>
        ) : (
          <>
            <Table
              caption={t.tabs[tab]}
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'record',
                  head: t.columns.record,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="title" href={paths.correction(row.id)}>
                        {row.title}
                      </a>
                      <span class="sub code">{row.code}</span>
                    </>
                  ),
                },
                { key: 'fields', head: t.columns.fields, cell: (row) => row.fields.map((field) => fieldLabel(view, field)).join(p.common.comma) },
                { key: 'by', head: t.columns.by, cell: (row) => (row.own ? t.own : row.by) },
                { key: 'at', head: t.columns.at, cell: (row) => <When at={row.at} /> },
                { key: 'state', head: t.columns.state, cell: (row) => <CorrectionMark state={row.state} /> },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

export interface CorrectionModel extends CorrectionListRow {
  reason: string;
  requestId: string | null;
  decidedBy: string;
  decidedAt: string | null;
  changes: readonly { field: string; old: string | null; new: string | null }[];
}

/** One correction side by side with what stands there, and the answer that it waits for. */
export const correctionPage: PageOf<CorrectionModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.corrections.one;
  const title = say(t.title, { title: model.title });
  return {
    title,
    body: (
      <div class="stack-l">
        <PageHead title={title} lead={<CorrectionMark state={model.state} />} />
        <Facts
          facts={[
            {
              term: t.facts.record,
              value: (
                <>
                  <a href={paths.record(model.recordId)}>{model.title}</a> <span class="code">{model.code}</span>
                </>
              ),
            },
            { term: t.facts.reason, value: model.reason },
            { term: t.facts.request, value: model.requestId === null ? null : <a href={paths.privacyRequest(model.requestId)}>{t.facts.request}</a> },
            { term: t.facts.by, value: model.by },
            { term: t.facts.at, value: <When at={model.at} /> },
            { term: t.facts.decided, value: model.decidedBy },
            { term: t.facts.decidedAt, value: model.decidedAt === null ? null : <When at={model.decidedAt} /> },
          ]}
        />
        <Section title={t.changes}>
          <p class="small muted">{t.shown}</p>
          <Table
            caption={t.changes}
            rows={model.changes}
            id={(row) => row.field}
            columns={[
              { key: 'what', head: t.columns.what, main: true, cell: (row) => fieldLabel(view, row.field) },
              { key: 'old', head: t.columns.old, cell: (row) => (row.old === null ? <span class="muted">{t.empty}</span> : <del>{row.old}</del>) },
              { key: 'new', head: t.columns.next, cell: (row) => (row.new === null ? <span class="muted">{t.empty}</span> : <ins>{row.new}</ins>) },
            ]}
          />
        </Section>
        {model.state === 'proposed' ? <Answer model={model} /> : null}
      </div>
    ),
  };
};

function Answer({ model }: { model: CorrectionModel }) {
  const { p, say } = useView();
  const t = p.pages.corrections.one;
  const action = paths.answerCorrection(model.id);
  return (
    <div class="stack">
      {model.own ? <Note>{t.ownNote}</Note> : null}
      <div class="row">
        {model.own ? null : (
          <Confirm action={action} open={t.agree} title={t.agreeTitle} submit={t.agree} hidden={{ agree: '1' }}>
            {say(t.agreeLead, { count: model.changes.length })}
          </Confirm>
        )}
        <form method="post" action={action}>
          <button class="button" name="agree" value="0">
            {model.own ? t.takeBack : t.refuse}
          </button>
        </form>
      </div>
    </div>
  );
}
