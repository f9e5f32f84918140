import { useView } from '../components/context.js';
import { ErrorSummary, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, Section } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

/** One reason, in words. */
export interface PastReason {
  id: string;
  text: string;
  /** Version and standing rule, or what the grant gives. */
  more: string;
  purposes: string;
  certain: boolean;
  times: string;
  entries: readonly { log: string; sequence: string }[];
}

export interface PastPersonRow {
  person: string;
  name: string;
  /** The person's page, where there is one. */
  href: string | null;
  department: string;
  reasons: readonly PastReason[];
}

export interface PastProductRow {
  reason: PastReason;
  departments: string;
  types: string;
  sensitivities: string;
  stages: string;
}

export interface PastGrantRow {
  id: string;
  kind: string;
  records: number;
  reason: PastReason;
}

interface Basis {
  basis: string;
  policy: string;
  notes: readonly string[];
}

export type PastAnswer = Basis &
  (
    | {
        about: 'record';
        facts: readonly { term: string; value: string }[];
        total: number;
        persons: readonly PastPersonRow[];
        paging: Paging;
      }
    | { about: 'person'; name: string; facts: readonly { term: string; value: string }[]; byRole: readonly PastProductRow[]; grants: readonly PastGrantRow[] }
  );

export interface PastModel {
  form: FormState;
  purposes: readonly Option[];
  /** `null`: nothing was asked, or it was refused. */
  answer: PastAnswer | null;
  exports: { xlsx: string; csv: string; json: string } | null;
}

export const pastPage: PageOf<PastModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.past;
  const { form, answer } = model;
  return {
    title: t.title,
    section: 'usage',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          {model.exports ? (
            <>
              <a class="button" href={model.exports.xlsx} download>
                {t.export}
              </a>
              <a class="button" href={model.exports.csv} download>
                {t.exportCsv}
              </a>
              <a class="button" href={model.exports.json} download>
                {t.exportJson}
              </a>
            </>
          ) : null}
        </PageHead>
        <div class="stack">
          <ErrorSummary form={form} labels={(field) => textOf(t.fields, field)} />
          {/* Posted: a person's name or a record's number must not stand in an address. */}
          <form class="filters" method="post" action={paths.past}>
            <TextField form={form} name="record" label={t.fields.record} maxLength={100} />
            <TextField form={form} name="person" label={t.fields.person} maxLength={100} />
            <TextField form={form} name="day" type="date" label={t.fields.day} must />
            <SelectField form={form} name="purpose" label={t.fields.purpose} blank={p.ui.any} options={model.purposes} />
            <button class="button primary" name="about" value="record">
              {t.askWho}
            </button>
            <button class="button" name="about" value="person">
              {t.askWhat}
            </button>
          </form>
          {answer === null ? <Empty title={t.start.title}>{t.start.text}</Empty> : <Answer answer={answer} />}
        </div>
      </>
    ),
  };
};

function Answer({ answer }: { answer: PastAnswer }) {
  const { p, say } = useView();
  const t = p.pages.past;
  return (
    <div class="stack-l">
      {answer.notes.map((note) => (
        <Note key={note} kind="warn">
          {note}
        </Note>
      ))}
      <Section
        title={answer.about === 'record' ? t.who : t.what}
        aside={answer.about === 'record' ? <span class="small muted">{say(t.count, { count: answer.total })}</span> : null}
      >
        <dl class="facts">
          {answer.facts.map(({ term, value }) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {answer.about === 'record' ? <Persons answer={answer} /> : <Person answer={answer} />}
        <p class="small muted">{answer.basis}</p>
        <p class="small muted code">{answer.policy}</p>
      </Section>
    </div>
  );
}

function Persons({ answer }: { answer: Extract<PastAnswer, { about: 'record' }> }) {
  const { p } = useView();
  const t = p.pages.past;
  if (answer.persons.length === 0) return <Empty title={t.nobody.title}>{t.nobody.text}</Empty>;
  return (
    <>
      <Table
        caption={t.who}
        rows={answer.persons}
        id={(row) => row.person}
        columns={[
          {
            key: 'name',
            head: t.columns.name,
            main: true,
            cell: (row) => (
              <>
                {row.href === null ? row.name : <a href={row.href}>{row.name}</a>}
                <span class="sub code">{row.person}</span>
              </>
            ),
          },
          { key: 'department', head: t.columns.department, cell: (row) => row.department },
          {
            key: 'by',
            head: t.columns.by,
            cell: (row) => (
              <ul class="plain stack">
                {row.reasons.map((reason) => (
                  <li key={reason.id}>
                    <Reason reason={reason} />
                  </li>
                ))}
              </ul>
            ),
          },
        ]}
      />
      <Pager paging={answer.paging} />
    </>
  );
}

function Reason({ reason }: { reason: PastReason }) {
  const { p } = useView();
  const t = p.pages.past;
  return (
    <>
      {reason.text} {reason.certain ? null : <strong>{t.perhaps}</strong>}
      <span class="sub">{reason.more}</span>
      <span class="sub">
        {t.columns.purposes}
        {p.common.colon}
        {reason.purposes} · {reason.times}
      </span>
      <Entries entries={reason.entries} />
    </>
  );
}

function Entries({ entries }: Pick<PastReason, 'entries'>) {
  const { p, say } = useView();
  return (
    <span class="sub">
      {entries.map(({ log, sequence }, i) => (
        <>
          {i === 0 ? null : ' · '}
          <a key={`${log}/${sequence}`} class="code" href={paths.auditEntry(log, sequence)} aria-label={say(p.pages.past.entry, { log, sequence })}>
            {log}/{sequence}
          </a>
        </>
      ))}
    </span>
  );
}

function Person({ answer }: { answer: Extract<PastAnswer, { about: 'person' }> }) {
  const { p, f } = useView();
  const t = p.pages.past;
  if (answer.byRole.length === 0 && answer.grants.length === 0) return <Empty title={t.nothing.title}>{t.nothing.text}</Empty>;
  return (
    <div class="stack-l">
      <h3>{t.byRole}</h3>
      {answer.byRole.length === 0 ? (
        <p>{t.noRules}</p>
      ) : (
        <Table
          caption={t.byRole}
          rows={answer.byRole}
          id={(row) => `${row.reason.id}/${row.departments}/${row.types}/${row.sensitivities}/${row.stages}`}
          columns={[
            { key: 'by', head: t.columns.by, main: true, cell: (row) => <Reason reason={row.reason} /> },
            { key: 'departments', head: t.departments, cell: (row) => row.departments },
            { key: 'types', head: t.types, cell: (row) => row.types },
            { key: 'sensitivities', head: t.sensitivities, cell: (row) => row.sensitivities },
            { key: 'stages', head: t.stages, cell: (row) => row.stages },
          ]}
        />
      )}
      <h3>{t.byGrant}</h3>
      {answer.grants.length === 0 ? (
        <p>{t.noGrants}</p>
      ) : (
        <Table
          caption={t.byGrant}
          rows={answer.grants}
          id={(row) => row.id}
          columns={[
            { key: 'by', head: t.columns.by, main: true, cell: (row) => <Reason reason={row.reason} /> },
            { key: 'records', head: t.records, number: true, cell: (row) => f.number(row.records) },
          ]}
        />
      )}
    </div>
  );
}
