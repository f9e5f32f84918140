import type { PackKind, PackState, PackView, ShownState } from '../../evidence/index.js';
import { useView } from '../components/context.js';
import { Choices, Confirm, ErrorSummary, optionsOf, SelectField, TextArea, TextField, type FormState } from '../components/forms.js';
import { Copyable, Crumbs, Facts, PageHead, ProgressBar, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Listing, ViewChips, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { GoneNotes } from './log-gone.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { numberColumn, StateMark, type Marks } from './disposition-parts.js';

const MARKS: Marks<ShownState> = {
  waiting: ['warn', 'ring'],
  approved: ['act', 'ring'],
  making: ['act', 'half'],
  ready: ['good', 'square'],
  lapsed: ['plain', 'disc'],
  declined: ['bad', 'cross'],
  withdrawn: ['plain', 'frame'],
  failed: ['bad', 'triangle'],
};

function PackMark({ state }: { state: ShownState }) {
  const { p } = useView();
  return <StateMark state={state} marks={MARKS} texts={p.evidence.states} />;
}

export interface EvidenceModel {
  view: PackState | 'all';
  views: readonly { name: PackState | 'all'; href: string }[];
  rows: readonly { id: string; number: string; kind: PackKind; from: string; to: string; state: ShownState; entries: number; askedAt: string; by: string }[];
  paging: Paging;
  /** `null`: the viewer makes none. */
  form: FormState | null;
  maySides: boolean;
  limits: { entries: number; days: number; reason: number; kept: number };
}

/** Evidence packs, newest first, and asking for one. */
export const evidencePage: PageOf<EvidenceModel> = ({ p, f, say }, model) => {
  const t = p.pages.evidence;
  const period = (row: { from: string; to: string }): string => (row.from === row.to ? row.from : `${row.from} – ${row.to}`);
  return {
    title: t.title,
    section: 'evidence',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <div class="stack">
          {model.form === null ? null : <Ask form={model.form} model={model} />}
          <ViewChips here={model.view} views={model.views} text={({ name }) => (name === 'all' ? t.all : p.evidence.states[name])} />
          <Listing
            paging={model.paging}
            none={t.none}
            caption={t.title}
            rows={model.rows}
            id={(row) => row.id}
            columns={[
              numberColumn(t.columns.number, paths.evidencePack),
              { key: 'state', head: t.columns.state, cell: (row) => <PackMark state={row.state} /> },
              { key: 'kind', head: t.columns.kind, cell: (row) => p.evidence.kinds[row.kind] },
              { key: 'period', head: t.columns.period, cell: period },
              { key: 'entries', head: t.columns.entries, number: true, cell: (row) => f.number(row.entries) },
              { key: 'by', head: t.columns.by, cell: (row) => row.by },
              { key: 'asked', head: t.columns.asked, cell: (row) => <When at={row.askedAt} /> },
            ]}
          />
          <p class="small muted">{say(t.kept, { days: model.limits.kept })}</p>
        </div>
      </>
    ),
  };
};

function Ask({ form, model }: { form: FormState; model: EvidenceModel }) {
  const { p, say } = useView();
  const t = p.pages.evidence.ask;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.open}</summary>
      <form class="stack" method="post" action={paths.evidence}>
        <h2>{t.open}</h2>
        <ErrorSummary form={form} labels={(field) => textOf(t.fields, field)} />
        <p class="small muted">{say(t.lead, { entries: model.limits.entries })}</p>
        <div class="fields">
          <SelectField form={form} name="kind" label={t.fields.kind} options={optionsOf(p.evidence.kinds)} must />
          <TextField form={form} name="subject" label={t.fields.subject} hint={t.subjectHint} maxLength={128} />
          <TextField form={form} name="from" label={t.fields.from} type="date" must />
          <TextField form={form} name="to" label={t.fields.to} type="date" must />
        </div>
        {model.maySides ? (
          <Choices form={form} name="sides" label={t.fields.sides} hint={t.sidesHint} many options={[{ value: 'yes', text: t.sidesYes }]} />
        ) : null}
        <TextArea form={form} name="reason" label={t.fields.reason} hint={t.reasonHint} rows={2} maxLength={model.limits.reason} must wide />
        <p class="small">{t.approval}</p>
        <div>
          <button class="button primary">{t.submit}</button>
        </div>
      </form>
    </details>
  );
}

export interface EvidencePackModel {
  one: PackView;
  by: string;
  decidedBy: string;
  /** Who or what it is about, as it is called. */
  subject: string;
  recordHref: string | null;
  failure: string | null;
}

/** One pack: what it is about, who approved it, how far it is, and fetching it. */
export const evidencePackPage: PageOf<EvidencePackModel> = ({ p, f, say }, model) => {
  const t = p.pages.evidence;
  const { one } = model;
  const making = one.state === 'approved' || one.state === 'making';
  const subject = model.recordHref === null ? model.subject : <a href={model.recordHref}>{model.subject}</a>;
  return {
    title: one.number,
    section: 'evidence',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.evidence }, { text: one.number }]} />
        <PageHead title={say(t.one, { number: one.number })} lead={<PackMark state={one.state} />}>
          {one.mayFetch ? (
            <a class="button primary" href={paths.evidenceFile(one.id)} download>
              {t.fetch}
            </a>
          ) : null}
        </PageHead>
        <div class="stack-l">
          {making ? (
            <div>
              <ProgressBar done={one.done} total={one.total} label={t.making} source={paths.evidenceProgress(one.id)} />
              <p class="small muted" data-figure="making">
                {say(t.progress, { done: one.done, total: one.total })}
              </p>
            </div>
          ) : null}
          {model.failure === null ? null : <Note kind="bad">{model.failure}</Note>}
          <GoneNotes gone={one.gone} />
          {one.state === 'waiting' ? <Note kind="info">{one.mayDecide ? t.decideLead : t.waits}</Note> : null}
          {one.mayDecide ? <Decide id={one.id} /> : null}
          {one.mayWithdraw ? (
            <form method="post" action={paths.evidenceStep(one.id, 'withdraw')}>
              <button class="button">{t.withdraw}</button>
            </form>
          ) : null}
          <Facts
            facts={[
              { term: t.columns.kind, value: p.evidence.kinds[one.kind] },
              ...(model.subject === '' ? [] : [{ term: t.ask.fields.subject, value: subject }]),
              { term: t.columns.period, value: `${one.from} – ${one.to}` },
              { term: t.columns.entries, value: f.number(one.entries) },
              { term: t.ask.fields.sides, value: one.sides ? t.ask.sidesYes : t.no },
              { term: t.ask.fields.reason, value: one.reason },
              { term: t.columns.by, value: model.by },
              { term: t.columns.asked, value: <When at={one.askedAt} /> },
              ...(one.decidedAt === null
                ? []
                : [
                    { term: t.decidedBy, value: model.decidedBy },
                    { term: t.decidedAt, value: <When at={one.decidedAt} /> },
                  ]),
              ...(one.until === null ? [] : [{ term: t.until, value: <When at={one.until} /> }]),
            ]}
          />
          {one.digest === null || one.sums === null ? null : (
            <Section title={t.digests}>
              <div class="stack">
                <p class="small muted">{t.digestsLead}</p>
                <Facts
                  facts={[
                    { term: t.digest, value: <Copyable text={one.digest} /> },
                    { term: t.sums, value: <Copyable text={one.sums} /> },
                  ]}
                />
                <pre class="sheet code pre small">{`sha256sum ${one.number}.zip\nlantai verify evidence ${one.number}.zip --key KEY`}</pre>
                <p class="small">{t.guide}</p>
              </div>
            </Section>
          )}
        </div>
      </>
    ),
  };
};

function Decide({ id }: { id: string }) {
  const { p } = useView();
  const t = p.pages.evidence;
  const action = paths.evidenceStep(id, 'decide');
  return (
    <div class="row">
      <Confirm action={action} open={t.approve} title={t.approve} submit={t.approve} hidden={{ agree: 'yes' }}>
        {t.approveText}
      </Confirm>
      <Confirm action={action} open={t.decline} title={t.decline} submit={t.decline} hidden={{ agree: 'no' }} danger>
        {t.declineText}
      </Confirm>
    </div>
  );
}
