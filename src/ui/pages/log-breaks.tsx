import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, ErrorSummary, optionsOf, SelectField, TextArea, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['logBreaks'];

export interface BreakRowModel {
  id: string;
  log: string;
  signed: string | null;
  held: string;
  reason: keyof Texts['reasons'];
  words: string;
  at: string;
  by: string;
  own: boolean;
  decidedBy: string | null;
  decision: 'agreed' | 'refused' | null;
}

export interface LogBreaksModel {
  /** `null` where the log goes on. */
  broken: { kind: keyof Texts['kinds']; log: string; signed: string | null; published: string | null; held: string } | null;
  rows: readonly BreakRowModel[];
  mayPropose: boolean;
  mayAgree: boolean;
  form: FormState;
}

export const logBreaksPage: PageOf<LogBreaksModel> = ({ p, f }, model) => {
  const t = p.pages.logBreaks;
  const { broken } = model;
  const open = model.rows.find((row) => row.decision === null);
  const size = (one: string | null): string => (one === null ? t.unknown : f.number(Number(one)));
  return {
    title: t.title,
    section: 'audit',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: p.pages.audit.title, href: paths.audit }, { text: t.title }]} />
          <PageHead title={t.title} lead={t.lead} />
        </div>
        <Section title={t.now}>
          {broken === null ? (
            <Note kind="good">{t.well}</Note>
          ) : (
            <div class="stack">
              <Note kind="bad" role="alert">
                <strong>{t.kinds[broken.kind]}</strong> {t.meanwhile}
              </Note>
              <Facts
                facts={[
                  { term: t.log, value: <span class="code">{broken.log}</span> },
                  { term: t.signed, value: size(broken.signed) },
                  { term: t.published, value: size(broken.published) },
                  { term: t.held, value: size(broken.held) },
                ]}
              />
              <p class="small muted">{t.firstTry}</p>
            </div>
          )}
        </Section>
        {open ? <Open row={open} mayAgree={model.mayAgree} /> : null}
        {broken !== null && !open && model.mayPropose ? <Propose form={model.form} /> : null}
        <Section title={t.earlier}>
          <Decided rows={model.rows.filter((row) => row.decision !== null)} />
        </Section>
      </div>
    ),
  };
};

function Propose({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.logBreaks;
  return (
    <Section title={t.propose}>
      <form class="stack" method="post" action={paths.logBreaks}>
        <ErrorSummary form={form} labels={() => t.words} />
        <p class="small muted">{t.proposeLead}</p>
        <SelectField form={form} name="reason" label={t.reason} options={optionsOf(t.reasons)} must />
        <TextArea form={form} name="words" label={t.words} hint={t.wordsHint} maxLength={2000} must />
        <div>
          <button class="button primary">{t.propose}</button>
        </div>
      </form>
    </Section>
  );
}

function Open({ row, mayAgree }: { row: BreakRowModel; mayAgree: boolean }) {
  const { p, f, say } = useView();
  const t = p.pages.logBreaks;
  return (
    <Section title={t.waiting}>
      <div class="stack">
        <Facts
          facts={[
            { term: t.by, value: row.by },
            { term: t.at, value: <When at={row.at} /> },
            { term: t.reason, value: t.reasons[row.reason] },
            { term: t.words, value: row.words },
            { term: t.held, value: f.number(Number(row.held)) },
          ]}
        />
        {mayAgree && !row.own ? (
          <div class="actions">
            <Confirm action={paths.logBreak(row.id)} open={t.agree} title={t.agree} submit={t.agree} hidden={{ agree: '1' }} danger>
              {say(t.agreeLead, { log: row.log, held: Number(row.held) })}
            </Confirm>
            <form method="post" action={paths.logBreak(row.id)}>
              <button class="button" name="agree" value="0">
                {t.refuse}
              </button>
            </form>
          </div>
        ) : (
          <p class="small muted">{t.otherPerson}</p>
        )}
      </div>
    </Section>
  );
}

function Decided({ rows }: { rows: readonly BreakRowModel[] }) {
  const { p, f } = useView();
  const t = p.pages.logBreaks;
  if (rows.length === 0) return <Empty title={t.none.title}>{t.none.text}</Empty>;
  return (
    <Table
      caption={t.earlier}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'at', head: t.at, main: true, cell: (row) => <When at={row.at} /> },
        { key: 'log', head: t.log, cell: (row) => <span class="code">{row.log}</span> },
        { key: 'held', head: t.held, number: true, cell: (row) => f.number(Number(row.held)) },
        { key: 'reason', head: t.reason, cell: (row) => t.reasons[row.reason] },
        { key: 'words', head: t.words, cell: (row) => row.words },
        { key: 'by', head: t.by, cell: (row) => row.by },
        { key: 'decided', head: t.decidedBy, cell: (row) => row.decidedBy ?? '' },
        {
          key: 'decision',
          head: t.decision,
          cell: (row) => (
            <State tone={row.decision === 'agreed' ? 'warn' : 'plain'} shape={row.decision === 'agreed' ? 'half' : 'cross'}>
              {row.decision === null ? '' : t.decisions[row.decision]}
            </State>
          ),
        },
      ]}
    />
  );
}
