import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { ErrorSummary, optionsOf, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import type { Shape } from '../components/icons.js';
import { PageHead, State, Tabs, When, type Tone } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { FilterChips, Pager, Table, type Column, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['grants'];
export type GrantTab = keyof Texts['tabs'];

export interface GrantListRow {
  id: string;
  kind: keyof Texts['kinds'];
  state: keyof Texts['states'];
  reader: string;
  purpose: string;
  records: number;
  until: string;
  issuedAt: string;
  /** `null`: as often as wanted. */
  left: number | null;
  request: { id: string; number: string } | null;
  reason: string;
  review: { due: string; overdue: boolean; at: string | null } | null;
}

const MARKS: Record<keyof Texts['states'], readonly [Tone, Shape]> = {
  live: ['good', 'disc'],
  returned: ['plain', 'disc'],
  revoked: ['bad', 'cross'],
  expired: ['plain', 'dash'],
};

/** The state of a grant in a word, a colour and a shape. */
export function GrantMark({ state }: { state: keyof Texts['states'] }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.grants.states[state]}
    </State>
  );
}

/** Whether a review waits, and whether it should have been made by now. */
export function ReviewMark({ review }: { review: NonNullable<GrantListRow['review']> }) {
  const { p } = useView();
  const t = p.pages.grants;
  if (review.at !== null) return null;
  return (
    <State tone={review.overdue ? 'bad' : 'warn'} shape={review.overdue ? 'triangle' : 'ring'}>
      {review.overdue ? t.overdue : t.toReview}
    </State>
  );
}

export interface GrantsModel {
  tab: GrantTab;
  tabs: readonly GrantTab[];
  rows: readonly GrantListRow[];
  paging: Paging;
  filters: FormState;
  chips: readonly FilterChip[];
  /** Taking one in an emergency by number; `null` where rules never allow it. */
  emergency: { form: FormState; purposes: readonly Option[] } | null;
}

const HREF: Record<GrantTab, string> = { own: paths.grants, all: paths.allGrants, review: paths.emergencies };

/** One's own grants, those of the archive, emergency readings to be reviewed: one table, three views. */
export const grantsPage: PageOf<GrantsModel> = ({ p }, model) => {
  const t = p.pages.grants;
  const { tab, rows } = model;
  const none = model.chips.length > 0 ? t.none.filtered : t.none[tab];
  return {
    title: t.tabs[tab],
    section: 'grants',
    body: (
      <>
        <PageHead title={t.tabs[tab]} lead={t.lead[tab]} />
        {model.tabs.length > 1 ? <Tabs label={t.title} tabs={model.tabs.map((one) => ({ text: t.tabs[one], href: HREF[one], here: one === tab }))} /> : null}
        <div class="stack">
          {model.emergency ? <ByNumber {...model.emergency} /> : null}
          {tab === 'review' ? null : <Filters model={model} />}
          <FilterChips chips={model.chips} clear={HREF[tab]} />
          {rows.length === 0 ? (
            <Empty title={none.title}>{none.text}</Empty>
          ) : (
            <>
              <GrantTable tab={tab} rows={rows} />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

function Filters({ model: { tab, filters } }: { model: GrantsModel }) {
  const { p } = useView();
  const t = p.pages.grants;
  return (
    <form class="filters" method="get" action={HREF[tab]}>
      <SelectField form={filters} name="kind" label={t.filters.kind} blank={p.ui.any} options={optionsOf(t.kinds)} />
      <SelectField form={filters} name="live" label={t.filters.live} blank={p.ui.any} options={[{ value: '1', text: t.filters.onlyLive }]} />
      <button class="button">{p.ui.filter}</button>
    </form>
  );
}

function ByNumber({ form, purposes }: NonNullable<GrantsModel['emergency']>) {
  const { p } = useView();
  const t = p.pages.grants.emergency;
  const labels: Record<string, string> = { ...t };
  return (
    <details class="confirm bad" open={form.errors.length > 0}>
      <summary class="button danger">{t.open}</summary>
      <form class="stack" method="post" action={paths.emergencies}>
        <p>{t.lead}</p>
        <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
        <TextField form={form} name="number" label={t.number} maxLength={100} must mono />
        <EmergencyFields form={form} purposes={purposes} />
      </form>
    </details>
  );
}

/** What an emergency reading asks for, wherever it is taken. */
export function EmergencyFields({ form, purposes }: { form: FormState; purposes: readonly Option[] }) {
  const { p } = useView();
  const t = p.pages.grants.emergency;
  return (
    <>
      <SelectField form={form} name="purpose" label={t.purpose} options={purposes} must />
      <TextArea form={form} name="reason" label={t.reason} hint={t.reasonHint} rows={2} maxLength={500} must />
      <button class="button danger solid">{t.submit}</button>
    </>
  );
}

function GrantTable({ tab, rows }: Pick<GrantsModel, 'tab' | 'rows'>) {
  const { p, f, say } = useView();
  const t = p.pages.grants;
  const name: Column<GrantListRow> = {
    key: 'grant',
    head: t.columns.grant,
    main: true,
    cell: (row) => <a href={paths.grant(row.id)}>{say(t.of, { kind: t.kinds[row.kind], time: f.dateTime(row.issuedAt) })}</a>,
  };
  const reader: Column<GrantListRow> = { key: 'reader', head: t.columns.reader, cell: (row) => row.reader };
  const purpose: Column<GrantListRow> = { key: 'purpose', head: t.columns.purpose, cell: (row) => row.purpose };
  const columns: Column<GrantListRow>[] =
    tab === 'review'
      ? [
          name,
          reader,
          purpose,
          { key: 'reason', head: t.columns.reason, cell: (row) => row.reason },
          { key: 'due', head: t.columns.due, cell: (row) => (row.review ? <When at={row.review.due} /> : null) },
          { key: 'state', head: t.columns.state, cell: (row) => (row.review ? <ReviewMark review={row.review} /> : null) },
        ]
      : [
          name,
          {
            key: 'state',
            head: t.columns.state,
            cell: (row) => (
              <>
                <GrantMark state={row.state} /> {row.review ? <ReviewMark review={row.review} /> : null}
              </>
            ),
          },
          ...(tab === 'all' ? [reader] : []),
          purpose,
          { key: 'records', head: t.columns.records, number: true, cell: (row) => f.number(row.records) },
          { key: 'until', head: t.columns.until, cell: (row) => <When at={row.until} /> },
          { key: 'left', head: t.columns.left, number: true, cell: (row) => (row.left === null ? t.unlimited : f.number(row.left)) },
          {
            key: 'request',
            head: t.columns.request,
            cell: (row) =>
              row.request === null ? null : (
                <a class="code" href={paths.request(row.request.id)}>
                  {row.request.number}
                </a>
              ),
          },
        ];
  return <Table caption={t.tabs[tab]} rows={rows} id={(row) => row.id} columns={columns} />;
}
