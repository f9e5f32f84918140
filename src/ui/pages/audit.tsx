import { useView } from '../components/context.js';
import { EMPTY_FORM, ErrorSummary, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Copyable, Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { GoneNotes, type GoneModel } from './log-gone.js';

type Decision = 'allow' | 'deny' | 'error';

/** An entry in the viewer's words: made by `describe…` of the audit module. */
export interface EntryRow {
  log: string;
  sequence: string;
  at: string;
  who: string;
  roles: string;
  act: string;
  subject: string;
  /** Where the subject has a page the viewer may open. */
  subjectHref: string | null;
  purpose: string;
  decision: Decision;
  facts: readonly string[];
}

export interface AuditModel {
  /** `null`: the search was refused, nothing was looked for. */
  rows: readonly EntryRow[] | null;
  /** Entries of that time that are gone by rule. */
  gone: GoneModel;
  paging: Paging;
  filters: FormState;
  chips: readonly FilterChip[];
  acts: readonly Option[];
  purposes: readonly Option[];
  /** The signed head of the newest log. */
  head: { log: string; size: string; at: string } | null;
  exports: { xlsx: string; csv: string } | null;
  /** Whether this viewer may find records by number; who may not gives their ids. */
  findsRecords: boolean;
  /** What was found for earlier words and goes on in force: ids, never names or numbers. */
  kept: Readonly<Record<string, string>>;
}

function DecisionMark({ decision }: { decision: Decision }) {
  const { p } = useView();
  const marks = { allow: ['good', 'square'], deny: ['bad', 'cross'], error: ['warn', 'triangle'] } as const;
  const [tone, shape] = marks[decision];
  return (
    <State tone={tone} shape={shape}>
      {p.audit.decisions[decision]}
    </State>
  );
}

/** Entries of the log as rows, wherever they are listed. */
export function EntriesTable({ caption, rows }: { caption: string; rows: readonly EntryRow[] }) {
  const { p, say } = useView();
  const t = p.pages.audit;
  return (
    <Table
      caption={caption}
      rows={rows}
      id={(row) => `${row.log}/${row.sequence}`}
      columns={[
        {
          key: 'time',
          head: t.columns.time,
          cell: (row) => (
            <>
              <When at={row.at} />
              <a class="sub code" href={paths.auditEntry(row.log, row.sequence)} aria-label={say(t.entry, { sequence: row.sequence })}>
                #{row.sequence}
              </a>
            </>
          ),
        },
        {
          key: 'who',
          head: t.columns.who,
          cell: (row) => (
            <>
              {row.who}
              <span class="sub">{row.roles}</span>
            </>
          ),
        },
        { key: 'act', head: t.columns.act, main: true, cell: (row) => row.act },
        { key: 'subject', head: t.columns.subject, cell: (row) => (row.subjectHref ? <a href={row.subjectHref}>{row.subject}</a> : row.subject) },
        { key: 'purpose', head: t.columns.purpose, cell: (row) => row.purpose },
        { key: 'decision', head: t.columns.decision, cell: (row) => <DecisionMark decision={row.decision} /> },
        { key: 'facts', head: t.columns.facts, cell: (row) => row.facts.length > 0 && <span class="small muted">{row.facts.join(' · ')}</span> },
      ]}
    />
  );
}

export const auditPage: PageOf<AuditModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.audit;
  const form = model.filters;
  return {
    title: t.title,
    section: 'audit',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          <a class="button" href={paths.auditState}>
            {p.pages.auditState.link}
          </a>
          {model.exports ? (
            <>
              <a class="button" href={model.exports.xlsx} download>
                {t.export}
              </a>
              <a class="button" href={model.exports.csv} download>
                {t.exportCsv}
              </a>
            </>
          ) : null}
        </PageHead>
        <div class="stack">
          <ErrorSummary form={form} labels={(field) => textOf(t.filters, field)} />
          {/* Posted: a person's name or a client's number must not stand in an address. */}
          <form class="filters" method="post" action={paths.audit}>
            <TextField form={form} name="who" label={t.filters.who} />
            <TextField form={form} name="record" label={t.filters.record} placeholder={model.findsRecords ? t.recordHint : t.recordIdHint} maxLength={200} />
            {model.findsRecords ? <TextField form={form} name="client" label={t.filters.client} maxLength={64} /> : null}
            <SelectField form={form} name="act" label={t.filters.act} blank={p.ui.any} options={model.acts} />
            <SelectField form={form} name="purpose" label={t.filters.purpose} blank={p.ui.any} options={model.purposes} />
            <SelectField
              form={form}
              name="decision"
              label={t.filters.decision}
              blank={p.ui.any}
              options={Object.entries(p.audit.decisions).map(([value, text]) => ({ value, text }))}
            />
            <TextField form={form} name="from" type="datetime-local" label={t.filters.from} />
            <TextField form={form} name="to" type="datetime-local" label={t.filters.to} />
            {Object.entries(model.kept).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            <button class="button primary">{p.ui.find}</button>
          </form>
          <FilterChips chips={model.chips} clear={paths.audit} />
          {model.head ? <p class="small muted">{say(t.head, { log: model.head.log, size: model.head.size, time: f.dateTime(model.head.at) })}</p> : null}
          <GoneNotes gone={model.gone} />
          {model.rows === null ? null : model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <EntriesTable caption={t.title} rows={model.rows} />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

export interface EntryModel extends EntryRow {
  policy: string | null;
  request: string;
  /** The entry as it was hashed. */
  canonical: string;
  /** `null`: not shown yet; `erased`: gone. */
  side: readonly { name: string; text: string }[] | 'none' | 'present' | 'erased';
  maySeeSide: boolean;
  previous: string | null;
  next: string | null;
  form?: FormState;
}

export const entryPage: PageOf<EntryModel> = ({ p, say, f }, entry) => {
  const t = p.pages.audit;
  const title = say(t.entry, { sequence: entry.sequence });
  return {
    title,
    section: 'audit',
    shape: 'narrow',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: t.title, href: paths.audit }, { text: `${entry.log}/${entry.sequence}` }]} />
          <PageHead
            title={title}
            lead={
              <>
                <DecisionMark decision={entry.decision} /> {entry.act}
              </>
            }
          />
          <Facts
            facts={[
              { term: t.columns.time, value: f.exact(entry.at) },
              { term: t.columns.who, value: entry.who },
              { term: t.role, value: entry.roles },
              { term: t.columns.act, value: entry.act },
              { term: t.columns.subject, value: entry.subjectHref ? <a href={entry.subjectHref}>{entry.subject}</a> : entry.subject },
              { term: t.columns.purpose, value: entry.purpose },
              { term: t.columns.facts, value: entry.facts.join(' · ') },
              { term: t.policy, value: entry.policy && <span class="code">{entry.policy}</span> },
              { term: t.request, value: <Copyable text={entry.request} /> },
              { term: t.place, value: <Copyable text={`${entry.log}/${entry.sequence}`} /> },
              { term: p.pages.auditProof.link, value: <a href={paths.auditProof(entry.log, entry.sequence)}>{p.pages.auditProof.link}</a> },
            ]}
          />
        </div>
        {entry.side === 'none' ? null : (
          <Section title={t.side}>
            {typeof entry.side !== 'string' ? <Facts facts={entry.side.map(({ name, text }) => ({ term: textOf(t.sideNames, name), value: text }))} /> : null}
            {entry.side === 'erased' ? <Note kind="info">{t.sideErased}</Note> : null}
            {entry.side === 'present' ? <p class="small muted">{t.sideLead}</p> : null}
            {entry.side === 'present' && entry.maySeeSide ? (
              <form class="stack" method="post" action={paths.auditEntry(entry.log, entry.sequence)}>
                <TextField form={entry.form ?? EMPTY_FORM} name="reason" label={t.sideReason} must maxLength={500} />
                <div>
                  <button class="button">{t.showSide}</button>
                </div>
              </form>
            ) : null}
          </Section>
        )}
        <Section title={t.canonical}>
          <pre class="sheet code pre small" tabindex={0} aria-label={t.canonical}>
            {entry.canonical}
          </pre>
        </Section>
        <nav class="pager" aria-label={p.ui.pages}>
          {entry.previous ? (
            <a class="button" href={entry.previous} rel="prev">
              {t.previous}
            </a>
          ) : (
            <span />
          )}
          {entry.next ? (
            <a class="button" href={entry.next} rel="next">
              {t.next}
            </a>
          ) : null}
        </nav>
      </div>
    ),
  };
};
