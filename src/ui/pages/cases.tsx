import type { CaseOutcome, CaseState } from '../../reports/index.js';
import { useView } from '../components/context.js';
import { optionsOf, SelectField, TextArea, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, Timeline, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Listing, ViewChips, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { numberColumn } from './disposition-parts.js';
import { CaseMark, OversightTabs, SignalsTable, type OversightPlace, type SignalRow } from './signals.js';

export interface CaseRow {
  id: string;
  number: string;
  /** What it is about, in words. */
  kind: string;
  who: string;
  state: CaseState;
  signals: number;
  assignee: string | null;
  openedAt: string;
  outcome: CaseOutcome | null;
}

export type CaseViewName = CaseState | 'mine' | 'all';

export interface CasesModel {
  places: readonly OversightPlace[];
  view: CaseViewName;
  views: readonly { name: CaseViewName; href: string }[];
  rows: readonly CaseRow[];
  paging: Paging;
}

/** Cases, newest first. */
export const casesPage: PageOf<CasesModel> = ({ p, f }, model) => {
  const t = p.pages.oversight.cases;
  return {
    title: t.title,
    section: 'signals',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <OversightTabs here="cases" places={model.places} />
        <div class="stack">
          <ViewChips here={model.view} views={model.views} text={(view) => t.views[view.name]} />
          <Listing
            paging={model.paging}
            none={t.none}
            caption={t.title}
            rows={model.rows}
            id={(row) => row.id}
            columns={[
              numberColumn(t.columns.number, paths.case),
              { key: 'state', head: t.columns.state, cell: (row) => <CaseMark state={row.state} /> },
              { key: 'kind', head: t.columns.kind, cell: (row) => row.kind },
              { key: 'who', head: t.columns.who, cell: (row) => row.who },
              { key: 'signals', head: t.columns.signals, number: true, cell: (row) => f.number(row.signals) },
              { key: 'assignee', head: t.columns.assignee, cell: (row) => row.assignee },
              { key: 'opened', head: t.columns.opened, cell: (row) => <When at={row.openedAt} /> },
              { key: 'outcome', head: t.columns.outcome, cell: (row) => (row.outcome === null ? null : p.reports.signals.outcomes[row.outcome]) },
            ]}
          />
        </div>
      </>
    ),
  };
};

export interface CaseModel extends CaseRow {
  personHref: string | null;
  assignedAt: string | null;
  closedBy: string | null;
  closedAt: string | null;
  found: readonly SignalRow[];
  sampled: readonly { sampleId: string; number: string; kind: string; position: number }[];
  notes: readonly { id: string; by: string; at: string; text: string }[];
  mayTake: boolean;
  mayNote: boolean;
  mayClose: boolean;
  /** What was typed and refused, and by which form. */
  form: FormState;
  refused: 'note' | 'close' | null;
}

/** One case: whom it is about, what raised it, what was noted, what comes next. */
export const casePage: PageOf<CaseModel> = ({ p, say }, model) => {
  const t = p.pages.oversight.cases;
  const title = `${model.number} · ${model.kind}`;
  return {
    title,
    section: 'signals',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.cases }, { text: model.number }]} />
        <PageHead title={title} lead={<CaseMark state={model.state} />} />
        <div class="stack-l">
          <Facts
            facts={[
              { term: t.one.who, value: model.personHref === null ? model.who : <a href={model.personHref}>{model.who}</a> },
              { term: t.one.opened, value: <When at={model.openedAt} /> },
              { term: t.one.assignee, value: model.assignee ?? t.one.nobody },
              { term: t.one.assigned, value: model.assignedAt === null ? null : <When at={model.assignedAt} /> },
              { term: t.one.outcome, value: model.outcome === null ? null : p.reports.signals.outcomes[model.outcome] },
              {
                term: t.one.closed,
                value:
                  model.closedAt === null ? null : (
                    <>
                      {model.closedBy} · <When at={model.closedAt} />
                    </>
                  ),
              },
            ]}
          />
          {model.mayTake ? (
            <form method="post" action={paths.caseStep(model.id, 'take')}>
              <button class={model.assignee === null ? 'button primary' : 'button'}>{model.assignee === null ? t.one.take : t.one.takeOver}</button>
            </form>
          ) : null}
          {model.found.length === 0 ? null : (
            <Section title={t.one.found}>
              <SignalsTable caption={t.one.found} rows={model.found} withCase={false} />
            </Section>
          )}
          {model.sampled.length === 0 ? null : (
            <Section title={t.one.sampled}>
              <ul>
                {model.sampled.map((one) => (
                  <li key={`${one.sampleId} ${one.position}`}>
                    <a href={paths.sampleItem(one.sampleId, one.position)}>{say(t.one.sampledItem, { ...one, position: String(one.position) })}</a>
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Section title={t.one.notes}>
            <div class="stack">
              {model.notes.length === 0 ? (
                <p class="muted">{t.one.noNotes}</p>
              ) : (
                <Timeline items={model.notes.map((one) => ({ at: one.at, title: one.by, text: one.text }))} />
              )}
              {model.mayNote ? <NoteForm model={model} /> : null}
            </div>
          </Section>
          {model.mayClose ? <CloseForm model={model} /> : null}
          {model.state === 'working' && !model.mayClose ? <Note>{t.one.onlyAssignee}</Note> : null}
        </div>
      </>
    ),
  };
};

const NOTHING: FormState = { values: {}, errors: [] };

function NoteForm({ model }: { model: CaseModel }) {
  const { p } = useView();
  const t = p.pages.oversight.cases.one;
  return (
    <form class="stack" method="post" action={paths.caseStep(model.id, 'note')}>
      <TextArea form={model.refused === 'note' ? model.form : NOTHING} at="add" name="note" label={t.note} must maxLength={2000} rows={3} />
      <div>
        <button class="button">{t.addNote}</button>
      </div>
    </form>
  );
}

function CloseForm({ model }: { model: CaseModel }) {
  const { p } = useView();
  const t = p.pages.oversight.cases.one;
  const form = model.refused === 'close' ? model.form : NOTHING;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.close}</summary>
      <form class="stack" method="post" action={paths.caseStep(model.id, 'close')}>
        <h3>{t.close}</h3>
        <p>{t.closeLead}</p>
        <SelectField form={form} at="close" name="outcome" label={t.outcome} must options={optionsOf(p.reports.signals.outcomes)} />
        <TextArea form={form} at="close" name="note" label={t.closeNote} must maxLength={2000} rows={3} />
        <button class="button primary">{t.close}</button>
      </form>
    </details>
  );
}
