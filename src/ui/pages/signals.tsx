import type { CaseState, SignalKind } from '../../reports/index.js';
import { useView } from '../components/context.js';
import type { Shape } from '../components/icons.js';
import { optionsOf, SelectField, TextField, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, State, Tabs, When, type Fact, type Tone } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { EntriesTable, type EntryRow } from './audit.js';

export type OversightPlace = 'signals' | 'cases' | 'samples' | 'accounts';
const HREF: Record<OversightPlace, string> = { signals: paths.signals, cases: paths.cases, samples: paths.samples, accounts: paths.accountReview };

/** The places of oversight that the viewer may enter. */
export function OversightTabs({ here, places }: { here: OversightPlace; places: readonly OversightPlace[] }) {
  const { p } = useView();
  const t = p.pages.oversight.tabs;
  return <Tabs label={t.label} tabs={places.map((place) => ({ text: t[place], href: HREF[place], here: place === here }))} />;
}

const MARKS: Record<CaseState, readonly [Tone, Shape]> = { open: ['warn', 'ring'], working: ['act', 'half'], closed: ['plain', 'disc'] };

/** The state of a case in a word, a colour and a shape. */
export function CaseMark({ state }: { state: CaseState }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.reports.signals.states[state]}
    </State>
  );
}

export interface SignalRow {
  id: string;
  kind: SignalKind;
  day: string;
  who: string;
  /** In a sentence with its figures. */
  why: string;
  /** `null`: the viewer does not work on cases. */
  caseHref: string | null;
  caseNumber: string;
  caseState: CaseState;
}

export function SignalsTable({ caption, rows, withCase = true }: { caption: string; rows: readonly SignalRow[]; withCase?: boolean }) {
  const { p } = useView();
  const c = p.pages.oversight.signals.columns;
  return (
    <Table
      caption={caption}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'kind', head: c.kind, main: true, cell: (row) => <a href={paths.signal(row.id)}>{p.reports.signals.kinds[row.kind]}</a> },
        { key: 'day', head: c.day, cell: (row) => <When at={row.day} day /> },
        { key: 'who', head: c.who, cell: (row) => row.who },
        { key: 'why', head: c.why, cell: (row) => row.why },
        ...(withCase
          ? [
              {
                key: 'case',
                head: c.case,
                cell: (row: SignalRow) => (
                  <>
                    {row.caseHref === null ? (
                      <span class="code">{row.caseNumber}</span>
                    ) : (
                      <a class="code" href={row.caseHref}>
                        {row.caseNumber}
                      </a>
                    )}{' '}
                    <CaseMark state={row.caseState} />
                  </>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}

export interface SignalsModel {
  places: readonly OversightPlace[];
  rows: readonly SignalRow[];
  paging: Paging;
  filters: FormState;
  chips: readonly FilterChip[];
  /** Goes on in force beside a new search. */
  person: string;
}

/** Signals, newest first. */
export const signalsPage: PageOf<SignalsModel> = ({ p }, model) => {
  const t = p.pages.oversight.signals;
  const { filters: form } = model;
  return {
    title: t.title,
    section: 'signals',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <OversightTabs here="signals" places={model.places} />
        <div class="stack">
          <form class="filters" method="get" action={paths.signals}>
            <SelectField form={form} name="kind" label={t.filters.kind} blank={p.ui.any} options={optionsOf(p.reports.signals.kinds)} />
            <SelectField form={form} name="state" label={t.filters.state} blank={p.ui.any} options={optionsOf(p.reports.signals.states)} />
            <TextField form={form} name="from" type="date" label={t.filters.from} />
            <TextField form={form} name="to" type="date" label={t.filters.to} />
            {model.person === '' ? null : <input type="hidden" name="person" value={model.person} />}
            <button class="button primary">{p.ui.find}</button>
          </form>
          <FilterChips chips={model.chips} clear={paths.signals} />
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <SignalsTable caption={t.title} rows={model.rows} />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

export interface SignalModel extends SignalRow {
  caseId: string;
  raisedAt: string;
  /** The rule as its file says it, with its thresholds; `null` where that file is gone. */
  rule: { name: string; says: string; thresholds: readonly Fact[] } | null;
  figures: readonly Fact[];
  /** `null`: the viewer may not look into the log. */
  entries: readonly EntryRow[] | null;
  count: number;
  othersHref: string;
  usageHref: string | null;
  personHref: string | null;
  mayTake: boolean;
  /** Its case is over and may be opened again. */
  mayReopen: boolean;
}

/** One signal in words: what was counted, against which threshold, and on what it rests. */
export const signalPage: PageOf<SignalModel> = ({ p, say, f }, model) => {
  const t = p.pages.oversight.signals;
  const title = say(t.one.title, { kind: p.reports.signals.kinds[model.kind], name: model.who });
  return {
    title,
    section: 'signals',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.signals }, { text: title }]} />
        <PageHead title={title} lead={say(t.one.about, { day: f.date(model.day) })} />
        <div class="stack-l">
          <Section title={t.one.why}>
            <div class="stack">
              <Note kind="warn">{model.why}</Note>
              <Facts
                facts={[
                  { term: t.columns.who, value: model.personHref === null ? model.who : <a href={model.personHref}>{model.who}</a> },
                  { term: t.columns.raised, value: <When at={model.raisedAt} /> },
                  ...model.figures,
                ]}
              />
              <p class="row">
                <a class="button" href={model.othersHref}>
                  {t.one.others}
                </a>
                {model.usageHref === null ? null : (
                  <a class="button" href={model.usageHref}>
                    {t.one.usage}
                  </a>
                )}
              </p>
            </div>
          </Section>
          <Section title={t.one.case}>
            <div class="stack">
              <p>
                {model.caseHref === null ? (
                  say(t.one.taken, { number: model.caseNumber, state: p.reports.signals.states[model.caseState] })
                ) : (
                  <a href={model.caseHref}>{say(t.one.taken, { number: model.caseNumber, state: p.reports.signals.states[model.caseState] })}</a>
                )}
              </p>
              {model.mayTake ? (
                <form method="post" action={paths.caseStep(model.caseId, 'take')}>
                  <button class="button primary">{t.one.take}</button>
                </form>
              ) : null}
              {model.mayReopen ? (
                <form class="stack" method="post" action={paths.againCase(model.id)}>
                  <p class="small muted">{t.one.againLead}</p>
                  <div>
                    <button class="button">{t.one.again}</button>
                  </div>
                </form>
              ) : null}
            </div>
          </Section>
          <Section title={t.one.says} aside={model.rule === null ? null : <span class="small muted code">{model.rule.name}</span>}>
            {model.rule === null ? (
              <Note>{t.one.rulesGone}</Note>
            ) : (
              <div class="stack">
                <p>{model.rule.says}</p>
                <Facts facts={model.rule.thresholds} />
              </div>
            )}
          </Section>
          <Section
            title={t.one.entries}
            aside={model.entries === null ? null : <span class="small muted">{say(t.one.entriesOf, { shown: model.entries.length, count: model.count })}</span>}
          >
            {model.entries === null ? <Note>{t.one.noEntries}</Note> : <EntriesTable caption={t.one.entries} rows={model.entries} />}
          </Section>
        </div>
      </>
    ),
  };
};
