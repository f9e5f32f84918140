import type { Shape } from '../components/icons.js';
import { PageHead, State, Tabs, When, type Tone } from '../components/marks.js';
import { useView } from '../components/context.js';
import { Choices, ErrorSummary, optionsOf, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';

type Texts = AllPhrases['pages']['requests'];
export type RequestTab = keyof Texts['tabs'];

export interface RequestListRow {
  id: string;
  number: string;
  /** `null`: not told to this viewer. */
  kind: keyof Texts['kinds'] | null;
  form: keyof Texts['forms'];
  state: keyof Texts['states'];
  applicant: string;
  purpose: string;
  to: string;
  /** By when the viewer's answer is due. */
  dueAt: string | null;
  records: number | null;
  /** In the queue: the step that is in sight. */
  step?: number;
}

const MARKS: Record<keyof Texts['states'], readonly [Tone, Shape]> = {
  submitted: ['act', 'ring'],
  approved: ['good', 'disc'],
  expired: ['bad', 'triangle'],
  returned: ['plain', 'disc'],
  refused: ['bad', 'diamond'],
  lapsed: ['bad', 'diamond'],
  withdrawn: ['plain', 'ring'],
};

/** The state of an application in a word, a colour and a shape. */
export function RequestMark({ state }: { state: keyof Texts['states'] }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.requests.states[state]}
    </State>
  );
}

export interface RequestsModel {
  tab: RequestTab;
  /** Lists that this viewer may open. */
  tabs: readonly RequestTab[];
  /** Whether this viewer applies for people from outside too. */
  outside?: boolean;
  rows: readonly RequestListRow[];
  paging: Paging;
  /** On the queue: the answer to many, and what became of those before. */
  many?: { form: FormState; done: readonly { number: string; state: keyof Texts['states'] | null; refused: string | null }[] };
  /** On the register: what it was asked for, and where it is taken away. */
  register?: { form: FormState; exports: Readonly<Record<keyof Texts['exports'], string>> };
}

const HREF = { mine: paths.requests, queue: paths.requestQueue, register: paths.requestRegister } as const satisfies Record<RequestTab, string>;

/** My applications, what waits for me, the register: one table, three views. */
export const requestsPage: PageOf<RequestsModel> = ({ p, f }, { tab, tabs, outside, rows, paging, register, many }) => {
  const t = p.pages.requests;
  return {
    title: t.tabs[tab],
    section: 'requests',
    body: (
      <>
        <PageHead title={t.tabs[tab]} lead={t.lead[tab]}>
          <a class="button primary" href={paths.newRequest}>
            {t.apply}
          </a>
          {tab === 'queue' ? (
            <a class="button" href={paths.deputies}>
              {p.pages.deputies.title}
            </a>
          ) : null}
          {outside ? (
            <a class="button" href={paths.newOutside}>
              {p.pages.outside.link}
            </a>
          ) : null}
        </PageHead>
        <Tabs label={t.title} tabs={tabs.map((one) => ({ text: t.tabs[one], href: HREF[one], here: one === tab }))} />
        {register ? <RegisterFilter {...register} /> : null}
        {many && many.done.length > 0 ? <Answered done={many.done} /> : null}
        {rows.length === 0 ? (
          <Empty title={t.none[tab].title}>{t.none[tab].text}</Empty>
        ) : (
          <>
            <Table
              caption={t.tabs[tab]}
              rows={rows}
              id={(row) => (row.step === undefined ? row.id : `${row.id}.${row.step}`)}
              {...(many ? { pick: { name: 'pick', form: MANY, label: (row: RequestListRow) => row.number } } : {})}
              columns={[
                {
                  key: 'number',
                  head: t.columns.number,
                  main: true,
                  cell: (row) => (
                    <a class="code" href={paths.request(row.id)}>
                      {row.number}
                    </a>
                  ),
                },
                { key: 'state', head: t.columns.state, cell: (row) => <RequestMark state={row.state} /> },
                { key: 'kind', head: t.columns.kind, cell: (row) => (row.kind === null ? t.notTold : t.kinds[row.kind]) },
                { key: 'form', head: t.columns.form, cell: (row) => t.forms[row.form] },
                { key: 'applicant', head: t.columns.applicant, cell: (row) => row.applicant },
                { key: 'purpose', head: t.columns.purpose, cell: (row) => row.purpose },
                { key: 'records', head: t.columns.records, number: true, cell: (row) => (row.records === null ? t.notTold : f.number(row.records)) },
                tab === 'queue'
                  ? { key: 'due', head: t.columns.due, cell: (row) => (row.dueAt === null ? null : <When at={row.dueAt} />) }
                  : { key: 'until', head: t.columns.until, cell: (row) => <When at={row.to} /> },
              ]}
            />
            {many ? <AnswerMany form={many.form} /> : null}
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

/** What became of an answer to many, item by item. */
function Answered({ done }: { done: NonNullable<RequestsModel['many']>['done'] }) {
  const { p, say } = useView();
  const t = p.pages.requests.many;
  const failed = done.filter((one) => one.refused !== null);
  return (
    <Note kind={failed.length > 0 ? 'warn' : 'good'} role="status">
      <strong>{say(t.done, { count: done.length - failed.length })}</strong>
      {failed.length === 0 ? null : (
        <>
          <div>{say(t.failed, { count: failed.length })}</div>
          <ul>
            {failed.map((one, i) => (
              <li key={i}>
                <span class="code">{one.number === '' ? t.unknown : one.number}</span>
                {p.common.colon}
                {one.refused}
              </li>
            ))}
          </ul>
        </>
      )}
    </Note>
  );
}

const MANY = 'many';

/** One answer with one reason to all that are picked. */
function AnswerMany({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.requests.many;
  return (
    <form id={MANY} class="stack panel no-print" method="post" action={paths.decideMany}>
      <h2>{t.title}</h2>
      <p class="small muted">{t.lead}</p>
      <TextArea form={form} name="reason" label={t.reason} rows={2} maxLength={500} must />
      <div class="row">
        <button class="button primary" name="agree" value="1" data-needs-pick="">
          {t.agree}
        </button>
        <button class="button danger" name="agree" value="0" data-needs-pick="">
          {t.refuse}
        </button>
        <span class="small muted">
          {t.picked} <span data-picked="">0</span>
        </span>
        <span class="small muted">{t.keys}</span>
      </div>
    </form>
  );
}

function RegisterFilter({ form, exports }: NonNullable<RequestsModel['register']>) {
  const { p } = useView();
  const t = p.pages.requests;
  return (
    <div class="stack no-print">
      <form class="filters" method="get" action={paths.requestRegister}>
        <SelectField form={form} name="kind" label={t.columns.kind} options={optionsOf(t.kinds)} blank={t.filter.all} />
        <SelectField form={form} name="state" label={t.columns.state} options={optionsOf(t.states)} blank={t.filter.all} />
        <SelectField form={form} name="form" label={t.columns.form} options={optionsOf(t.forms)} blank={t.filter.all} />
        <TextField form={form} name="from" label={t.filter.from} type="date" />
        <TextField form={form} name="to" label={t.filter.to} type="date" />
        <button class="button">{t.filter.submit}</button>
      </form>
      <div class="row">
        {(['xlsx', 'csv', 'json', 'pdf'] as const).map((format) => (
          <a key={format} class="button quiet" href={exports[format]} download="">
            {t.exports[format]}
          </a>
        ))}
      </div>
    </div>
  );
}

export interface NewRequestModel {
  form: FormState;
  /** The records that were chosen on their own page or in a search. */
  records: readonly { id: string; title: string; code: string }[];
  purposes: readonly Option[];
}

/** Applying, from a record's page or from nothing but a number. */
export const newRequestPage: PageOf<NewRequestModel> = ({ p }, { form, records, purposes }) => {
  const t = p.pages.requests.form;
  const labels: Record<string, string> = { ...t, records: t.numbers, form: t.way };
  return {
    title: t.title,
    section: 'requests',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
        <form class="stack" method="post" action={paths.newRequest}>
          {records.length > 0 ? (
            <div>
              <strong>{t.record}</strong>
              <ul class="shelf">
                {records.map((one) => (
                  <li key={one.id}>
                    <a href={paths.record(one.id)}>{one.title}</a> <span class="code">{one.code}</span>
                    <input type="hidden" name="record" value={one.id} />
                  </li>
                ))}
              </ul>
            </div>
          ) : (
            <>
              <TextArea form={form} name="records" label={t.numbers} hint={t.numbersHint} rows={3} maxLength={3500} />
              <TextField form={form} name="client" label={t.client} maxLength={64} mono />
              <TextField form={form} name="search" label={t.search} maxLength={400} />
            </>
          )}
          <SelectField form={form} name="purpose" label={t.purpose} options={purposes} must />
          <TextArea form={form} name="reason" label={t.reason} rows={3} maxLength={500} must />
          <TextField form={form} name="ticket" label={t.ticket} maxLength={64} mono />
          <Choices form={form} name="form" label={t.way} options={optionsOf(p.pages.requests.forms)} must />
          <TextField form={form} name="from" label={t.from} type="date" must />
          <TextField form={form} name="to" label={t.to} type="date" must />
          <button class="button primary">{t.submit}</button>
        </form>
      </>
    ),
  };
};
