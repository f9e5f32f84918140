import type { HoldView } from '../../disposition/index.js';
import { useView } from '../components/context.js';
import { EMPTY_FORM, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, Timeline, When, type TimelineItem } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { recordColumns, type RecordRow } from '../components/records.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { View } from '../view.js';
import { HoldState, matterText, overText, HoldReview } from './holds.js';

export interface HoldModel {
  hold: HoldView;
  names: ReadonlyMap<string, string>;
  rows: readonly (RecordRow & { since: string | null; caught: boolean })[];
  paging: Paging;
  may: { set: boolean; lift: boolean; export: boolean };
  /** Who may keep it. */
  owners: readonly Option[];
  form: FormState;
}

/** One hold: what it is for and over, the step that waits, its course, and its records. */
export const holdPage: PageOf<HoldModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.holds;
  const { hold } = model;
  return {
    title: `${hold.number} · ${t.kinds[hold.kind]}`,
    section: 'holds',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.holds }, { text: hold.number }]} />
        <PageHead title={hold.number} lead={matterText(view, hold)} />
        <div class="columns">
          <div class="stack-l">
            <Section title={t.page.facts}>
              <Facts
                facts={[
                  { term: t.columns.state, value: <HoldState state={hold.state} /> },
                  { term: t.form.reference, value: hold.reference },
                  { term: t.form.reason, value: hold.reason },
                  { term: t.columns.scope, value: `${t.scopes[hold.scope]}${hold.scope === 'list' ? '' : ` · ${overText(view, hold)}`}` },
                  { term: t.columns.records, value: say(t.page.count, { records: hold.records, caught: hold.caught }) },
                  { term: t.columns.owner, value: model.names.get(hold.owner) },
                  { term: t.columns.review, value: <HoldReview hold={hold} /> },
                  { term: t.page.declineReason, value: hold.declineReason },
                  { term: t.page.liftReason, value: hold.liftReason },
                  { term: t.page.objects, value: objectsText(view, hold.objects) },
                ]}
              />
            </Section>
            <Covered model={model} />
          </div>
          <aside class="stack-l first">
            <Steps model={model} />
            <Section title={t.page.events}>
              <Timeline items={eventsOf(view, model)} />
            </Section>
          </aside>
        </div>
      </>
    ),
  };
};

function objectsText({ p, say }: View, objects: HoldView['objects']): string | null {
  const t = p.pages.holds.page;
  if (objects === null) return null;
  const parts = [
    objects.done > 0 ? say(t.objectsDone, { count: objects.done }) : '',
    objects.pending > 0 ? say(t.objectsPending, { count: objects.pending }) : '',
    objects.failed > 0 ? say(t.objectsFailed, { count: objects.failed }) : '',
  ].filter((one) => one !== '');
  return parts.length === 0 ? t.noObjects : parts.join(p.common.comma);
}

function eventsOf({ p }: View, { hold, names }: HoldModel): TimelineItem[] {
  const t = p.pages.holds.page.event;
  const by = (person: string | null): string => (person === null ? '' : (names.get(person) ?? ''));
  const items: TimelineItem[] = [
    { at: hold.madeAt, title: hold.proposed ? t.proposed : hold.kind === 'freeze' ? t.frozen : t.set, text: by(hold.madeBy), strong: !hold.proposed },
  ];
  if (hold.decidedAt !== null)
    items.push({ at: hold.decidedAt, title: hold.state === 'declined' ? t.declined : t.accepted, text: by(hold.decidedBy), strong: hold.state !== 'declined' });
  if (hold.liftProposedAt !== null) items.push({ at: hold.liftProposedAt, title: t.liftProposed, text: by(hold.liftProposedBy) });
  if (hold.endedAt !== null) items.push({ at: hold.endedAt, title: hold.state === 'lifted' ? t.lifted : t.lapsed, text: by(hold.liftedBy), strong: true });
  else if (hold.lapsesAt !== null) items.push({ at: hold.lapsesAt, title: t.lapses, soon: true });
  else if (hold.reviewOn !== null && hold.inForceAt !== null) items.push({ at: hold.reviewOn, title: t.review, day: true, soon: true });
  return items;
}

function Steps({ model }: { model: HoldModel }) {
  const { hold, may } = model;
  if (hold.state === 'proposed') return <Proposal model={model} />;
  if (hold.state === 'lifting') return may.lift ? <Lifting model={model} /> : null;
  if (hold.state !== 'in_force') return null;
  return (
    <>
      {may.set && hold.kind === 'hold' ? <Review model={model} /> : null}
      {may.lift ? <ProposeLift model={model} /> : null}
    </>
  );
}

function Proposal({ model: { hold, may, owners, form } }: { model: HoldModel }) {
  const { p } = useView();
  const t = p.pages.holds.page;
  if (!may.set && !hold.own) return <Note>{t.waits}</Note>;
  const action = paths.holdAct(hold.id, 'answer');
  return (
    <section class="panel stack">
      {hold.own ? (
        <Note>{t.ownProposal}</Note>
      ) : (
        <form class="stack" method="post" action={action}>
          <SelectField form={form} name="owner" label={p.pages.holds.form.owner} options={owners} blank={p.pages.holds.form.me} at="accept" />
          <button class="button primary" name="accept" value="1">
            {t.accept}
          </button>
        </form>
      )}
      <form class="stack" method="post" action={action}>
        <TextArea form={form} name="reason" label={hold.own ? t.takeBackReason : t.declineReason} must rows={2} maxLength={1000} at="decline" />
        <button class="button" name="accept" value="0">
          {hold.own ? t.takeBack : t.decline}
        </button>
      </form>
    </section>
  );
}

function Lifting({ model: { hold } }: { model: HoldModel }) {
  const { p } = useView();
  const t = p.pages.holds.page;
  return (
    <form class="panel stack" method="post" action={paths.holdAct(hold.id, 'lift-answer')}>
      <p>{hold.liftReason}</p>
      {hold.own ? <Note>{t.ownLift}</Note> : null}
      <div class="row">
        {hold.own ? null : (
          <button class="button primary" name="agree" value="1">
            {t.agreeLift}
          </button>
        )}
        <button class="button" name="agree" value="0">
          {t.keep}
        </button>
      </div>
    </form>
  );
}

function ProposeLift({ model: { hold, form } }: { model: HoldModel }) {
  const { p } = useView();
  const t = p.pages.holds.page;
  return (
    <details class="panel">
      <summary>{t.proposeLift}</summary>
      <form class="stack" method="post" action={paths.holdAct(hold.id, 'lift')}>
        <TextArea form={form} name="reason" label={t.liftReason} hint={t.liftHint} must rows={3} maxLength={1000} at="lift" />
        <button class="button">{t.proposeLift}</button>
      </form>
    </details>
  );
}

function Review({ model: { hold, owners, names } }: { model: HoldModel }) {
  const { p } = useView();
  const t = p.pages.holds.page;
  const now = { ...EMPTY_FORM, values: { owner: hold.owner } };
  const others = owners.some((one) => one.value === hold.owner) ? owners : [{ value: hold.owner, text: names.get(hold.owner) ?? '' }, ...owners];
  return (
    <details class="panel" open={hold.overdue}>
      <summary>{t.review}</summary>
      <form class="stack" method="post" action={paths.holdAct(hold.id, 'review')}>
        <TextArea form={now} name="reason" label={t.reviewReason} must rows={2} maxLength={1000} at="review" />
        <TextField form={now} name="reviewOn" type="date" label={t.reviewOn} must at="review" />
        <SelectField form={now} name="owner" label={p.pages.holds.form.owner} options={others} at="review" />
        <button class="button">{t.reviewSubmit}</button>
      </form>
    </details>
  );
}

function Covered({ model }: { model: HoldModel }) {
  const view = useView();
  const { p } = view;
  const t = p.pages.holds.page;
  const { hold, rows } = model;
  const taken = hold.inForceAt !== null;
  const title = taken ? t.covered : t.named;
  return (
    <Section
      title={title}
      aside={
        model.may.export && taken ? (
          <span class="row small no-print">
            {t.export}
            <a href={paths.holdTable(hold.id, 'xlsx')}>XLSX</a>
            <a href={paths.holdTable(hold.id, 'csv')}>CSV</a>
          </span>
        ) : undefined
      }
    >
      {rows.length === 0 ? (
        <p class="muted">{t.emptyCovered}</p>
      ) : (
        <>
          <Table
            caption={title}
            rows={rows}
            id={(row) => row.id}
            columns={
              [
                ...recordColumns(view, ['title', 'type', 'closed', 'state']),
                ...(taken
                  ? [
                      {
                        key: 'since',
                        head: t.since,
                        cell: (row: HoldModel['rows'][number]) =>
                          row.since === null ? null : (
                            <>
                              <When at={row.since} /> {row.caught ? <span class="small muted">{t.caught}</span> : null}
                            </>
                          ),
                      },
                    ]
                  : []),
              ] as Parameters<typeof Table<HoldModel['rows'][number]>>[0]['columns']
            }
          />
          <Pager paging={model.paging} />
        </>
      )}
    </Section>
  );
}
