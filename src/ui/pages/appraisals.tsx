import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, Section, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { numberColumn, StateMark, StateTabs, ToSign, type Marks } from './disposition-parts.js';

export type AppraisalShown = keyof AllPhrases['pages']['disposition']['appraisals']['states'];

export interface AppraisalListRow {
  id: string;
  number: string;
  state: AppraisalShown;
  department: string;
  items: number;
  undecided: number;
  madeAt: string;
  decidedAt: string | null;
}

export interface AppraisalsModel {
  rows: readonly AppraisalListRow[];
  /** Those that wait for this viewer's signature. */
  toSign: readonly { id: string; number: string; since: string }[];
  /** `null`: this viewer begins none. */
  start: { departments: readonly Option[]; form: FormState } | null;
  state: AppraisalShown | null;
  paging: Paging;
}

const MARKS: Marks<AppraisalShown> = {
  draft: ['plain', 'ring'],
  signing: ['warn', 'triangle'],
  decided: ['good', 'square'],
  withdrawn: ['plain', 'dash'],
};
const APPRAISAL_STATES = ['draft', 'signing', 'decided', 'withdrawn'] as const;

export function AppraisalMark({ state }: { state: AppraisalShown }) {
  const { p } = useView();
  return <StateMark state={state} marks={MARKS} texts={p.pages.disposition.appraisals.states} />;
}

/** Appraisals: what waits for one's signature, all of them, and beginning one. */
export const appraisalsPage: PageOf<AppraisalsModel> = ({ p, f }, model) => {
  const t = p.pages.disposition.appraisals;
  return {
    title: t.title,
    section: 'appraisals',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        <ToSign appraisals={model.toSign} />
        {model.start === null ? null : <Start {...model.start} />}
        <StateTabs label={t.columns.state} all={t.all} path={paths.appraisals} states={APPRAISAL_STATES} texts={t.states} here={model.state} />
        {model.rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={model.rows}
              id={(row) => row.id}
              columns={[
                numberColumn(t.columns.number, paths.appraisal),
                { key: 'state', head: t.columns.state, cell: (row) => <AppraisalMark state={row.state} /> },
                { key: 'department', head: t.columns.department, cell: (row) => row.department },
                { key: 'items', head: t.columns.items, number: true, cell: (row) => f.number(row.items) },
                { key: 'undecided', head: t.columns.undecided, number: true, cell: (row) => (row.undecided === 0 ? null : f.number(row.undecided)) },
                { key: 'made', head: t.columns.madeAt, cell: (row) => <When at={row.madeAt} day /> },
                { key: 'decided', head: t.columns.decidedAt, cell: (row) => (row.decidedAt === null ? null : <When at={row.decidedAt} day />) },
              ]}
            />
            <Pager paging={model.paging} />
          </>
        )}
      </div>
    ),
  };
};

function Start({ departments, form }: NonNullable<AppraisalsModel['start']>) {
  const { p } = useView();
  const t = p.pages.disposition.appraisals.start;
  const types = Object.entries(p.values.serviceType).map(([value, text]) => ({ value, text }));
  return (
    <Section title={t.title}>
      <p class="small muted">{t.lead}</p>
      <form class="grid" method="post" action={paths.appraisals}>
        <SelectField form={form} name="department" label={t.department} options={departments} must />
        <SelectField form={form} name="serviceType" label={t.serviceType} options={types} blank={t.any} />
        <TextField form={form} name="year" label={t.year} type="number" />
        <TextField form={form} name="termBefore" label={t.termBefore} type="date" />
        <div class="row">
          <button class="button primary">{t.submit}</button>
        </div>
      </form>
    </Section>
  );
}
