import type { AllPhrases } from '../../phrases/index.js';
import type { Sensitivity } from '../../records/values.js';
import { useView } from '../components/context.js';
import { SelectField, TextField, type FormState } from '../components/forms.js';
import { Copyable, Facts, Figures, PageHead, Section, SensitivityMark, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import { Receipts, type ReceiptsModel } from '../components/receipts.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { Acts, Decide, Sign, Steps } from './appraisal-desk.js';
import { AppraisalMark, type AppraisalShown } from './appraisals.js';

type Texts = AllPhrases['pages']['disposition']['appraisal'];
export type ProposalShown = Exclude<keyof Texts['proposals'], 'none'>;

export interface AppraisalItemRow {
  record: string;
  position: number;
  title: string | null;
  code: string;
  serviceNo: string;
  serviceType: keyof AllPhrases['values']['serviceType'];
  sensitivity: Sensitivity;
  closedAt: string;
  termUntil: string;
  proposal: ProposalShown | null;
  newUntil: string | null;
  outcome: keyof Texts['outcomes'] | null;
  dissents: number;
}

export interface AppraisalModel {
  receipts: ReceiptsModel;
  id: string;
  number: string;
  state: AppraisalShown;
  department: string;
  madeBy: string;
  madeAt: string;
  submittedAt: string | null;
  decidedAt: string | null;
  digest: string | null;
  rules: string | null;
  counts: { items: number; undecided: number; destroy: number; extend: number; transfer: number; keep: number; open: number };
  groups: readonly { serviceType: keyof AllPhrases['values']['serviceType']; year: number; items: number; undecided: number; href: string }[];
  members: readonly { who: string; name: string; answer: 'agree' | 'dissent' | null; opinion: string; at: string | null }[];
  steps: readonly {
    step: number;
    proposal: ProposalShown;
    items: number;
    reason: string;
    basis: string;
    years: number | null;
    months: number | null;
    undone: boolean;
    at: string;
  }[];
  items: readonly AppraisalItemRow[];
  total: number;
  /** The filters in force, as they stand in the address; they travel with every form. */
  filter: Readonly<Record<string, string>>;
  paging: Paging;
  mayEdit: boolean;
  maySign: boolean;
  mayWithdraw: boolean;
  exports: { xlsx: string; csv: string };
  form: FormState;
}

/** The form that the picked rows belong to: proposals of the maker, or a member's signature. */
export const DESK = 'desk';

/** The appraisal desk: hundreds of records, one decision for many, undone until submitted; then the group signs. */
export const appraisalPage: PageOf<AppraisalModel> = ({ p }, model) => {
  const t = p.pages.disposition.appraisal;
  return {
    title: model.number,
    section: 'appraisals',
    body: (
      <div class="stack-l">
        <PageHead title={model.number} lead={<AppraisalMark state={model.state} />}>
          <a class="button" href={model.exports.xlsx} download="">
            {t.exports} XLSX
          </a>
          <a class="button" href={model.exports.csv} download="">
            CSV
          </a>
          {model.state === 'decided' ? (
            <a class="button" href={paths.appraisalReport(model.id)} download="">
              {t.report}
            </a>
          ) : null}
        </PageHead>
        <Facts
          facts={[
            { term: t.facts.department, value: model.department },
            { term: t.facts.madeBy, value: model.madeBy },
            { term: t.facts.madeAt, value: <When at={model.madeAt} /> },
            { term: t.facts.submittedAt, value: model.submittedAt === null ? null : <When at={model.submittedAt} /> },
            { term: t.facts.decidedAt, value: model.decidedAt === null ? null : <When at={model.decidedAt} /> },
            { term: t.facts.rules, value: model.rules },
            { term: t.facts.digest, value: model.digest === null ? null : <Copyable text={model.digest} /> },
          ]}
        />
        <Sums counts={model.counts} />
        <Members members={model.members} />
        <Groups groups={model.groups} />
        <Items model={model} />
        {model.mayEdit ? <Decide model={model} /> : null}
        <Steps model={model} />
        {model.maySign ? <Sign model={model} /> : null}
        <Acts model={model} />
        <Receipts receipts={model.receipts} />
      </div>
    ),
  };
};

function Sums({ counts }: { counts: AppraisalModel['counts'] }) {
  const { p, f } = useView();
  const t = p.pages.disposition.appraisal.sums;
  const shown = (['items', 'undecided', 'destroy', 'extend', 'transfer', 'keep', 'open'] as const).filter((key) => key === 'items' || counts[key] > 0);
  return <Figures figures={shown.map((key) => ({ term: t[key], value: f.number(counts[key]) }))} />;
}

function Members({ members }: { members: AppraisalModel['members'] }) {
  const { p } = useView();
  const t = p.pages.disposition.appraisal.group;
  if (members.length === 0) return null;
  return (
    <Section title={t.title}>
      <ul class="shelf">
        {members.map((one, i) => (
          <li key={i}>
            <strong>{one.who}</strong>
            <span>{one.answer === null ? <span class="muted">{t.waits}</span> : `${one.name} · ${t.answers[one.answer]}`}</span>
            <span class="sub">
              {one.at === null ? null : <When at={one.at} />} {one.opinion}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Groups({ groups }: { groups: AppraisalModel['groups'] }) {
  const { p, f } = useView();
  const t = p.pages.disposition.appraisal.groups;
  if (groups.length < 2) return null;
  return (
    <Section title={t.title}>
      <Table
        caption={t.title}
        rows={groups}
        id={(row) => `${row.serviceType}-${row.year}`}
        columns={[
          { key: 'type', head: t.type, main: true, cell: (row) => <a href={row.href}>{p.values.serviceType[row.serviceType]}</a> },
          { key: 'year', head: t.year, number: true, cell: (row) => String(row.year) },
          { key: 'items', head: t.items, number: true, cell: (row) => f.number(row.items) },
          { key: 'undecided', head: t.undecided, number: true, cell: (row) => (row.undecided === 0 ? null : f.number(row.undecided)) },
        ]}
      />
    </Section>
  );
}

function Filter({ model }: { model: AppraisalModel }) {
  const { p } = useView();
  const t = p.pages.disposition.appraisal.filters;
  const form = { values: model.filter, errors: [] };
  const options = (texts: Readonly<Record<string, string>>) => Object.entries(texts).map(([value, text]) => ({ value, text }));
  return (
    <form class="grid no-print" method="get" action={paths.appraisal(model.id)}>
      <SelectField form={form} at="filter" name="serviceType" label={t.serviceType} options={options(p.values.serviceType)} blank={t.any} />
      <TextField form={form} at="filter" name="year" label={t.year} type="number" />
      <SelectField form={form} at="filter" name="sensitivity" label={t.sensitivity} options={options(p.values.sensitivity)} blank={t.any} />
      <SelectField form={form} at="filter" name="proposal" label={t.proposal} options={options(p.pages.disposition.appraisal.proposals)} blank={t.any} />
      <SelectField form={form} at="filter" name="dissent" label={t.dissent} options={[{ value: '1', text: t.yes }]} blank={t.any} />
      <div class="row">
        <button class="button">{t.apply}</button>
      </div>
    </form>
  );
}

function Items({ model }: { model: AppraisalModel }) {
  const { p, say } = useView();
  const t = p.pages.disposition.appraisal.items;
  const proposals = p.pages.disposition.appraisal.proposals;
  const outcomes = p.pages.disposition.appraisal.outcomes;
  const picks = model.mayEdit || model.maySign;
  return (
    <Section title={t.title}>
      <Filter model={model} />
      {model.items.length === 0 ? (
        <Empty title={t.none.title}>{t.none.text}</Empty>
      ) : (
        <>
          {picks ? <p class="small muted">{t.keys}</p> : null}
          <Table
            caption={t.caption}
            rows={model.items}
            id={(row) => row.record}
            {...(picks ? { pick: { name: 'records', form: DESK, label: (row: AppraisalItemRow) => say(t.pick, { code: row.code }) } } : {})}
            columns={[
              { key: 'position', head: t.columns.position, number: true, cell: (row) => String(row.position) },
              {
                key: 'record',
                head: t.columns.record,
                main: true,
                cell: (row) => (
                  <>
                    {row.title === null ? (
                      <span class="muted">{t.hidden}</span>
                    ) : (
                      <a class="title" href={paths.record(row.record)}>
                        {row.title}
                      </a>
                    )}
                    <span class="sub code">{row.code}</span>
                  </>
                ),
              },
              {
                key: 'type',
                head: t.columns.type,
                cell: (row) => (
                  <>
                    {p.values.serviceType[row.serviceType]} <SensitivityMark level={row.sensitivity} />
                  </>
                ),
              },
              { key: 'closed', head: t.columns.closed, cell: (row) => <When at={row.closedAt} day /> },
              { key: 'until', head: t.columns.until, cell: (row) => row.termUntil },
              {
                key: 'proposal',
                head: t.columns.proposal,
                cell: (row) => (
                  <>
                    {proposals[row.proposal ?? 'none']}
                    {row.newUntil === null ? null : <span class="sub">{say(t.until, { day: row.newUntil })}</span>}
                  </>
                ),
              },
              {
                key: 'outcome',
                head: t.columns.outcome,
                cell: (row) => (
                  <>
                    {row.outcome === null ? null : outcomes[row.outcome]}
                    {row.dissents === 0 ? null : <span class="sub">{say(t.dissents, { count: row.dissents })}</span>}
                  </>
                ),
              },
            ]}
          />
          <Pager paging={model.paging} />
        </>
      )}
    </Section>
  );
}
