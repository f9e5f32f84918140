import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, ErrorSummary, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['deputies'];

export interface DeputyRow {
  id: string;
  name: string;
  from: string;
  to: string;
  state: keyof Texts['states'];
}

export interface DeputiesModel {
  rows: readonly DeputyRow[];
  /** Names of those for whom the viewer stands in now. */
  standsFor: readonly string[];
  /** Who may be named. */
  people: readonly Option[];
  form: FormState;
}

const MARKS = { now: ['good', 'disc'], ahead: ['act', 'ring'], over: ['plain', 'dash'] } as const;

/** Who decides while one is away: one's own deputies, and those one stands in for. */
export const deputiesPage: PageOf<DeputiesModel> = ({ p, say }, { rows, standsFor, people, form }) => {
  const t = p.pages.deputies;
  return {
    title: t.title,
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        {standsFor.length > 0 ? <Note>{say(t.standIn, { names: standsFor.join(p.common.comma) })}</Note> : null}
        {rows.length === 0 ? <Empty title={t.none.title}>{t.none.text}</Empty> : <Deputies rows={rows} />}
        <Section title={t.name}>
          {people.length === 0 ? (
            <p class="muted">{t.nobody}</p>
          ) : (
            <form class="stack" method="post" action={paths.deputies}>
              <ErrorSummary form={form} labels={(field) => (t.form as Record<string, string>)[field] ?? field} />
              <SelectField form={form} name="deputy" label={t.form.deputy} options={people} must />
              <TextField form={form} name="from" label={t.form.from} type="date" must />
              <TextField form={form} name="to" label={t.form.to} type="date" must />
              <button class="button primary">{t.form.submit}</button>
            </form>
          )}
        </Section>
      </div>
    ),
  };
};

function Deputies({ rows }: Pick<DeputiesModel, 'rows'>) {
  const { p, say } = useView();
  const t = p.pages.deputies;
  return (
    <Table
      caption={t.title}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'deputy', head: t.columns.deputy, main: true, cell: (row) => row.name },
        { key: 'from', head: t.columns.from, cell: (row) => <When at={row.from} day /> },
        { key: 'to', head: t.columns.to, cell: (row) => <When at={row.to} day /> },
        {
          key: 'state',
          head: t.columns.state,
          cell: (row) => (
            <State tone={MARKS[row.state][0]} shape={MARKS[row.state][1]}>
              {t.states[row.state]}
            </State>
          ),
        },
        {
          key: 'end',
          head: t.columns.end,
          cell: (row) =>
            row.state === 'over' ? null : (
              <Confirm action={paths.endDeputy(row.id)} open={t.end.open} title={say(t.end.title, { name: row.name })} submit={t.end.submit}>
                {t.end.lead}
              </Confirm>
            ),
        },
      ]}
    />
  );
}
