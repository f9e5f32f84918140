import type { Hold } from '../../disposition/index.js';
import type { View } from '../view.js';
import { useView } from '../components/context.js';
import { optionsOf, SelectField, type FormState } from '../components/forms.js';
import type { Shape } from '../components/icons.js';
import { PageHead, State, When, type Tone } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export type HoldRowModel = Hold & { ownerName: string };

export interface HoldsModel {
  rows: readonly HoldRowModel[];
  paging: Paging;
  /** The filters that are set. */
  filters: FormState;
  filtered: boolean;
  mayMake: boolean;
}

const SHAPES: Record<Hold['state'], readonly [Tone, Shape]> = {
  proposed: ['act', 'ring'],
  declined: ['plain', 'cross'],
  in_force: ['warn', 'square'],
  lifting: ['act', 'ring'],
  lifted: ['plain', 'on'],
  lapsed: ['plain', 'dash'],
};

export function HoldState({ state }: { state: Hold['state'] }) {
  const { p } = useView();
  const [tone, shape] = SHAPES[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.holds.states[state]}
    </State>
  );
}

/** What a hold is over, in words. */
export function overText({ p, say }: View, hold: Hold): string {
  const t = p.pages.holds.over;
  if (hold.client !== null) return say(t.client, { client: hold.client });
  if (hold.log !== null) return hold.log === 'all' ? t.logs : say(t.log, { log: hold.log });
  return hold.query === null ? t.list : say(t.query, { query: hold.query });
}

export function HoldReview({ hold }: { hold: Pick<Hold, 'reviewOn' | 'overdue' | 'lapsesAt' | 'endedAt'> }) {
  const { p, say, f } = useView();
  const t = p.pages.holds;
  if (hold.lapsesAt !== null) return hold.endedAt === null ? <span>{say(t.lapses, { time: f.dateTime(hold.lapsesAt) })}</span> : null;
  if (hold.reviewOn === null) return null;
  return (
    <>
      <When at={hold.reviewOn} day />{' '}
      {hold.overdue ? (
        <State tone="bad" shape="cross">
          {t.overdue}
        </State>
      ) : null}
    </>
  );
}

/** Holds with their filters, newest first. */
export const holdsPage: PageOf<HoldsModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.holds;
  const make = { text: t.make, href: paths.newHold };
  return {
    title: t.title,
    section: 'holds',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          {model.mayMake ? (
            <a class="button primary" href={make.href}>
              {make.text}
            </a>
          ) : null}
        </PageHead>
        <div class="stack">
          <Filters form={model.filters} />
          {model.rows.length === 0 ? (
            <Empty title={t.none.title} action={model.mayMake ? make : undefined}>
              {t.none.text}
            </Empty>
          ) : (
            <>
              <Table
                caption={t.title}
                rows={model.rows}
                id={(row) => row.id}
                columns={[
                  {
                    key: 'number',
                    head: t.columns.number,
                    main: true,
                    cell: (row) => (
                      <a class="code nowrap" href={paths.hold(row.id)}>
                        {row.number}
                      </a>
                    ),
                  },
                  { key: 'matter', head: t.columns.matter, cell: (row) => matterText(view, row) },
                  { key: 'scope', head: t.columns.scope, cell: (row) => overText(view, row) },
                  { key: 'state', head: t.columns.state, cell: (row) => <HoldState state={row.state} /> },
                  { key: 'records', head: t.columns.records, number: true, cell: (row) => view.f.number(row.records) },
                  { key: 'owner', head: t.columns.owner, cell: (row) => row.ownerName },
                  { key: 'review', head: t.columns.review, cell: (row) => <HoldReview hold={row} /> },
                  { key: 'madeAt', head: t.columns.madeAt, cell: (row) => <When at={row.madeAt} day /> },
                ]}
              />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

export function matterText({ p }: View, hold: Pick<Hold, 'kind' | 'matter' | 'reference'>): string {
  const t = p.pages.holds;
  return [hold.kind === 'freeze' ? t.kinds.freeze : '', t.matters[hold.matter], hold.reference ?? ''].filter((one) => one !== '').join(' · ');
}

function Filters({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.holds;
  return (
    <form class="row no-print" method="get" action={paths.holds}>
      <SelectField form={form} name="state" label={t.filters.state} options={optionsOf(t.states)} blank={t.filters.all} />
      <SelectField form={form} name="matter" label={t.filters.matter} options={optionsOf(t.matters)} blank={t.filters.all} />
      <label class="row">
        <input type="checkbox" name="overdue" value="1" checked={form.values['overdue'] === '1'} /> {t.filters.overdue}
      </label>
      <button class="button">{t.filters.apply}</button>
    </form>
  );
}
