import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { Copyable, Facts, PageHead, Section, Timeline } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';
import { EndsSoon, StandingMark, type StandingListRow, type StandingWords } from './standing.js';

type Steps = AllPhrases['pages']['standing']['steps'];

export interface StandingRuleModel extends StandingListRow {
  name: string;
  digest: string;
  /** Readings under it in the last thirty days; `more`: that many or more. */
  readings: { count: number; more: boolean };
  steps: readonly { step: Exclude<keyof Steps, 'waitsSeen'>; at: string; by: string }[];
  /** Waits for the audit administrator. */
  unseen: boolean;
  /** Of a rule that waits, against the version in force; `null` where there is none. */
  changes: readonly { field: keyof StandingWords; now: string; next: string }[] | null;
  may: { agree: boolean; confirm: boolean; refuse: boolean; withdraw: boolean; end: boolean; propose: boolean };
  /** The confirmation that was refused, and of what. */
  refused: { act: 'confirm' | 'end'; form: FormState } | null;
}

/** One standing rule: what it lets be read, how it came in force, and what this viewer may do about it. */
export const standingRulePage: PageOf<StandingRuleModel> = (view, model) => {
  const { p, f, say } = view;
  const t = p.pages.standing;
  return {
    title: model.says,
    section: 'standing',
    body: (
      <div class="stack-l">
        <PageHead
          title={model.says}
          lead={
            <>
              <StandingMark state={model.state} /> {model.endsSoon ? <EndsSoon until={model.until} /> : null}
            </>
          }
        />
        <Facts
          facts={[
            { term: t.facts.name, value: <Copyable text={model.id} /> },
            { term: t.facts.readers, value: model.readers },
            { term: t.facts.departments, value: model.departments },
            { term: t.facts.types, value: model.types },
            { term: t.facts.sensitivities, value: model.sensitivities },
            { term: t.facts.purposes, value: model.purposes },
            { term: t.facts.states, value: model.states },
            { term: t.facts.days, value: say(t.days, { from: f.date(model.from), until: f.date(model.until) }) },
            {
              term: t.facts.readings,
              value: model.readings.more ? say(t.atLeast, { count: model.readings.count }) : f.number(model.readings.count),
            },
            { term: t.facts.digest, value: <span class="code">{model.digest}</span> },
          ]}
        />
        {model.changes ? <Changes changes={model.changes} /> : null}
        <Section title={t.way}>
          <Timeline
            items={model.steps.map(({ step, at, by }) => ({ at, title: t.steps[step], text: by, ...(step === 'confirmed' ? { strong: true } : {}) }))}
          />
          {model.unseen ? <Note kind="warn">{t.steps.waitsSeen}</Note> : null}
        </Section>
        <Acts model={model} />
      </div>
    ),
  };
};

function Changes({ changes }: { changes: NonNullable<StandingRuleModel['changes']> }) {
  const { p, f } = useView();
  const t = p.pages.standing;
  const words: Record<keyof StandingWords, string> = { ...t.facts, from: t.form.from, until: t.form.until };
  const shown = (field: keyof StandingWords, text: string): string => (field === 'from' || field === 'until' ? f.date(text) : text);
  return (
    <Section title={t.changes}>
      {changes.every(({ field }) => field === 'from' || field === 'until') ? <p class="muted">{t.changesNone}</p> : null}
      {changes.length === 0 ? null : (
        <Table
          caption={t.changes}
          rows={changes}
          id={(row) => row.field}
          columns={[
            { key: 'what', head: t.changeColumns.what, main: true, cell: (row) => words[row.field] },
            { key: 'now', head: t.changeColumns.now, cell: (row) => <del>{shown(row.field, row.now)}</del> },
            { key: 'next', head: t.changeColumns.next, cell: (row) => <ins>{shown(row.field, row.next)}</ins> },
          ]}
        />
      )}
    </Section>
  );
}

function Acts({ model }: { model: StandingRuleModel }) {
  const { p, say } = useView();
  const t = p.pages.standing.acts;
  const { may } = model;
  if (!Object.values(may).some(Boolean)) return null;
  const formOf = (act: 'confirm' | 'end'): FormState => (model.refused?.act === act ? model.refused.form : EMPTY_FORM);
  return (
    <Section title={t.title}>
      <div class="row">
        {may.agree ? (
          <form method="post" action={paths.standingAct(model.id, 'agree')}>
            <button class="button primary">{t.agree}</button>
          </form>
        ) : null}
        {may.refuse || may.withdraw ? (
          <form method="post" action={paths.standingAct(model.id, 'refuse')}>
            <button class="button danger">{may.withdraw ? t.withdraw : t.refuse}</button>
          </form>
        ) : null}
        {may.propose ? (
          <>
            <a class="button" href={paths.standingFrom(model.id, false)}>
              {t.change}
            </a>
            <a class="button" href={paths.standingFrom(model.id, true)}>
              {t.renew}
            </a>
          </>
        ) : null}
      </div>
      {may.confirm ? (
        <Confirm
          action={paths.standingAct(model.id, 'confirm')}
          open={t.confirmOpen}
          title={say(t.confirmTitle, { rule: model.id })}
          expected={model.id}
          submit={t.confirmSubmit}
          form={formOf('confirm')}
        >
          {t.confirmLead}
        </Confirm>
      ) : null}
      {may.end ? (
        <Confirm
          action={paths.standingAct(model.id, 'end')}
          open={t.endOpen}
          title={say(t.endTitle, { rule: model.id })}
          expected={model.id}
          submit={t.endSubmit}
          danger
          form={formOf('end')}
        >
          {t.endLead}
        </Confirm>
      ) : null}
    </Section>
  );
}
