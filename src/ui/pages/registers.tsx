import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Choices, TextField, type FormState } from '../components/forms.js';
import { PageHead, Section, Tabs, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { numberColumn, StateMark, StateTabs, ToSign, type Marks } from './disposition-parts.js';

type Texts = AllPhrases['pages']['disposition']['registers'];
export type RegisterShown = keyof Texts['states'];

export interface RegisterListRow {
  id: string;
  number: string;
  kind: keyof Texts['kinds'];
  state: RegisterShown;
  items: number;
  madeBy: string;
  madeAt: string;
  executeAfter: string | null;
}

/** A request whose marked records wait for a register of erasure. */
export interface ErasureToMake {
  id: string;
  number: string;
  items: number;
  blocked: number;
  due: string;
}

export interface RegistersModel {
  rows: readonly RegisterListRow[];
  state: RegisterShown | null;
  paging: Paging;
  /** Appraisals with records that wait for a register; `null`: this viewer makes none. */
  make: {
    appraisals: readonly { id: string; number: string; department: string; items: number }[];
    erasures: readonly ErasureToMake[];
    form: FormState;
  } | null;
  waiting: number;
}

const MARKS: Marks<RegisterShown> = {
  draft: ['plain', 'ring'],
  frozen: ['act', 'frame'],
  approving: ['warn', 'triangle'],
  approved: ['warn', 'half'],
  checked: ['act', 'square'],
  executing: ['bad', 'half'],
  open: ['warn', 'diamond'],
  closed: ['plain', 'cross'],
  rejected: ['plain', 'back'],
  voided: ['bad', 'dash'],
  stopped: ['plain', 'dash'],
};

/** Those that people look for; what came to nothing stands among all of them. */
const SHOWN = ['draft', 'approving', 'approved', 'checked', 'executing', 'open', 'closed', 'voided'] as const;

export function RegisterMark({ state }: { state: RegisterShown }) {
  const { p } = useView();
  return <StateMark state={state} marks={MARKS} texts={p.pages.disposition.registers.states} />;
}

export function RegisterTabs({ here, waiting }: { here: 'list' | 'mine' | 'logs'; waiting: number }) {
  const { p } = useView();
  const t = p.pages.disposition.registers;
  return (
    <Tabs
      label={t.title}
      tabs={[
        { text: t.tabs.list, href: paths.registers, here: here === 'list' },
        { text: waiting > 0 ? `${t.tabs.mine} (${waiting})` : t.tabs.mine, href: paths.registersWaiting, here: here === 'mine' },
        { text: p.pages.logTerms.tab, href: paths.logTerms, here: here === 'logs' },
      ]}
    />
  );
}

/** Destruction registers, and making one of what was appraised. */
export const registersPage: PageOf<RegistersModel> = ({ p, f }, model) => {
  const t = p.pages.disposition.registers;
  return {
    title: t.title,
    section: 'destruction',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        <RegisterTabs here="list" waiting={model.waiting} />
        {model.make === null ? null : <Make {...model.make} />}
        {model.make === null || model.make.erasures.length === 0 ? null : <Erasures {...model.make} />}
        <StateTabs label={t.columns.state} all={t.all} path={paths.registers} states={SHOWN} texts={t.states} here={model.state} />
        {model.rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={model.rows}
              id={(row) => row.id}
              columns={[
                numberColumn(t.columns.number, paths.register),
                { key: 'state', head: t.columns.state, cell: (row) => <RegisterMark state={row.state} /> },
                { key: 'kind', head: p.pages.disposition.register.facts.kind, cell: (row) => t.kinds[row.kind] },
                { key: 'items', head: t.columns.items, number: true, cell: (row) => f.number(row.items) },
                { key: 'by', head: t.columns.madeBy, cell: (row) => row.madeBy },
                { key: 'at', head: t.columns.madeAt, cell: (row) => <When at={row.madeAt} day /> },
                { key: 'after', head: t.columns.after, cell: (row) => (row.executeAfter === null ? null : <When at={row.executeAfter} />) },
              ]}
            />
            <Pager paging={model.paging} />
          </>
        )}
      </div>
    ),
  };
};

function Make({ appraisals, form }: NonNullable<RegistersModel['make']>) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.registers.make;
  return (
    <Section title={t.title}>
      {appraisals.length === 0 ? (
        <p class="muted">{t.none}</p>
      ) : (
        <form class="stack" method="post" action={paths.registers}>
          <p class="small muted">{t.lead}</p>
          <Choices
            form={form.values['appraisals'] === undefined ? { ...form, values: { ...form.values, appraisals: appraisals.map((one) => one.id) } } : form}
            name="appraisals"
            label={t.appraisal}
            options={appraisals.map((one) => ({ value: one.id, text: `${one.number} · ${one.department} · ${say(t.items, { count: f.number(one.items) })}` }))}
            many
          />
          <TextField form={form} name="place" label={t.place} placeholder={t.placeHint} maxLength={200} />
          <div class="row">
            <button class="button primary">{t.submit}</button>
          </div>
        </form>
      )}
    </Section>
  );
}

function Erasures({ erasures, form }: NonNullable<RegistersModel['make']>) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.registers;
  return (
    <Section title={t.erasure.title} id="erasure">
      <form class="stack" method="post" action={paths.erasureRegister}>
        <p class="small muted">{t.erasure.lead}</p>
        <Choices
          form={form}
          name="request"
          label={t.erasure.request}
          options={erasures.map((one) => ({
            value: one.id,
            text: [
              say(t.erasure.one, { number: one.number, count: one.items, due: one.due }),
              ...(one.blocked === 0 ? [] : [say(t.erasure.blocked, { count: f.number(one.blocked) })]),
            ].join(p.common.comma),
          }))}
        />
        <TextField form={form} at="erasure" name="place" label={t.make.place} placeholder={t.make.placeHint} maxLength={200} />
        <div class="row">
          <button class="button primary">{t.erasure.submit}</button>
        </div>
      </form>
    </Section>
  );
}

export interface RegistersWaitingModel {
  rows: readonly { id: string; number: string; items: number; since: string; what: keyof Texts['what'] }[];
  appraisals: readonly { id: string; number: string; since: string }[];
}

/** My approvals: everything about destruction that waits for this viewer. */
export const registersWaitingPage: PageOf<RegistersWaitingModel> = ({ p, f }, model) => {
  const t = p.pages.disposition.registers;
  return {
    title: t.tabs.mine,
    section: 'destruction',
    body: (
      <div class="stack-l">
        <PageHead title={t.tabs.mine} lead={t.lead} />
        <RegisterTabs here="mine" waiting={model.rows.length} />
        <ToSign appraisals={model.appraisals} />
        {model.rows.length === 0 ? (
          <Empty title={t.noneMine.title}>{t.noneMine.text}</Empty>
        ) : (
          <Table
            caption={t.tabs.mine}
            rows={model.rows}
            id={(row) => `${row.id}-${row.what}`}
            columns={[
              numberColumn(t.columns.number, paths.register),
              { key: 'what', head: t.columns.state, cell: (row) => t.what[row.what] },
              { key: 'items', head: t.columns.items, number: true, cell: (row) => f.number(row.items) },
              { key: 'since', head: t.since, cell: (row) => <When at={row.since} relative /> },
            ]}
          />
        )}
      </div>
    ),
  };
};
