import type { Mark, SampleKind, SampleState } from '../../reports/index.js';
import { useView } from '../components/context.js';
import { ErrorSummary, optionsOf, SelectField, TextField, type FormState } from '../components/forms.js';
import type { Shape } from '../components/icons.js';
import { Copyable, Crumbs, Facts, Figures, PageHead, Section, State, When, type Tone } from '../components/marks.js';
import { Listing, Pager, Table, ViewChips, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { numberColumn } from './disposition-parts.js';
import { textOf } from '../view.js';
import { OversightTabs, type OversightPlace } from './signals.js';

const STATES: Record<SampleState, readonly [Tone, Shape]> = { announced: ['warn', 'ring'], open: ['act', 'half'], closed: ['plain', 'disc'] };
const MARKS: Record<Mark, readonly [Tone, Shape]> = { justified: ['good', 'square'], not_justified: ['bad', 'cross'], unclear: ['warn', 'triangle'] };

/** The state of a sample in a word, a colour and a shape. */
export function SampleMark({ state }: { state: SampleState }) {
  const { p } = useView();
  const [tone, shape] = STATES[state];
  return (
    <State tone={tone} shape={shape}>
      {p.reports.samples.states[state]}
    </State>
  );
}

/** How an item was marked, in a word, a colour and a shape. */
export function ItemMark({ mark }: { mark: Mark | null }) {
  const { p } = useView();
  if (mark === null)
    return (
      <State tone="plain" shape="ring">
        {p.pages.oversight.samples.one.unmarked}
      </State>
    );
  const [tone, shape] = MARKS[mark];
  return (
    <State tone={tone} shape={shape}>
      {p.reports.samples.marks[mark]}
    </State>
  );
}

export interface SampleRow {
  id: string;
  number: string;
  kind: SampleKind;
  from: string;
  to: string;
  frame: number;
  size: number;
  state: SampleState;
  by: string;
  announcedAt: string;
  justified: number;
  notJustified: number;
  unclear: number;
  waiting: number;
}

export type SampleViewName = SampleState | 'all';

export interface SamplesModel {
  places: readonly OversightPlace[];
  view: SampleViewName;
  views: readonly { name: SampleViewName; href: string }[];
  rows: readonly SampleRow[];
  paging: Paging;
  /** `null`: the viewer draws none. */
  draw: { form: FormState; largest: number; share: number } | null;
}

/** Samples, newest first, and drawing one. */
export const samplesPage: PageOf<SamplesModel> = ({ p, f, say }, model) => {
  const t = p.pages.oversight.samples;
  return {
    title: t.title,
    section: 'signals',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <OversightTabs here="samples" places={model.places} />
        <div class="stack">
          {model.draw === null ? null : <Draw {...model.draw} />}
          <ViewChips here={model.view} views={model.views} text={(view) => t.views[view.name]} />
          <Listing
            paging={model.paging}
            none={t.none}
            caption={t.title}
            rows={model.rows}
            id={(row) => row.id}
            columns={[
              numberColumn(t.columns.number, paths.sample),
              { key: 'state', head: t.columns.state, cell: (row) => <SampleMark state={row.state} /> },
              { key: 'kind', head: t.columns.kind, cell: (row) => p.reports.samples.kinds[row.kind] },
              { key: 'period', head: t.columns.period, cell: (row) => (row.from === row.to ? row.from : `${row.from} – ${row.to}`) },
              { key: 'size', head: t.columns.size, number: true, cell: (row) => f.number(row.size) },
              { key: 'frame', head: t.columns.frame, number: true, cell: (row) => f.number(row.frame) },
              { key: 'marks', head: t.columns.marks, cell: (row) => say(t.counts, { ...row }) },
              { key: 'by', head: t.columns.by, cell: (row) => row.by },
              { key: 'drawn', head: t.columns.drawn, cell: (row) => <When at={row.announcedAt} /> },
            ]}
          />
        </div>
      </>
    ),
  };
};

function Draw({ form, largest, share }: { form: FormState; largest: number; share: number }) {
  const { p, f, say } = useView();
  const t = p.pages.oversight.samples.new;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.title}</summary>
      <form class="stack" method="post" action={paths.samples}>
        <ErrorSummary form={form} labels={(field) => textOf(t, field)} />
        <div class="grid">
          <SelectField form={form} name="kind" label={t.kind} must options={optionsOf(p.reports.samples.kinds)} />
          <TextField form={form} name="from" type="date" label={t.from} must />
          <TextField form={form} name="to" type="date" label={t.to} must />
          <TextField form={form} name="size" type="number" label={t.size} hint={say(t.sizeHint, { largest })} must />
        </div>
        <p class="small muted">{say(t.drawer, { share: f.percent(share) })}</p>
        <button class="button primary">{t.submit}</button>
      </form>
    </details>
  );
}

export interface SampleItemRow {
  position: number;
  entryHref: string | null;
  entry: string;
  at: string | null;
  who: string;
  act: string;
  purpose: string;
  own: boolean;
  mark: Mark | null;
  markedBy: string;
}

export interface SampleModel extends SampleRow {
  rules: string;
  head: string;
  seed: string;
  frameDigest: string;
  fromAt: string;
  toAt: string;
  drawnAt: string | null;
  closedAt: string | null;
  closedBy: string;
  drawerMost: number;
  result: {
    method: 'wilson' | 'all';
    confidence: number;
    notJustified: { share: number; low: number; high: number };
    unclear: { share: number; low: number; high: number };
  } | null;
  items: readonly SampleItemRow[];
  paging: Paging;
  mayDraw: boolean;
  mayClose: boolean;
  toMark: number | null;
  mayExport: boolean;
}

/** One sample: how it was drawn, how far it is, what it says, its items. */
export const samplePage: PageOf<SampleModel> = ({ p, say }, model) => {
  const t = p.pages.oversight.samples;
  const title = `${model.number} · ${p.reports.samples.kinds[model.kind]}`;
  return {
    title,
    section: 'signals',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.samples }, { text: model.number }]} />
        <PageHead title={title} lead={<SampleMark state={model.state} />}>
          {model.mayExport && model.items.length > 0
            ? (['xlsx', 'csv', 'json'] as const).map((format) => (
                <a key={format} class="button" href={paths.sampleExport(model.id, format)} download>
                  {t.one.exports[format]}
                </a>
              ))
            : null}
        </PageHead>
        <div class="stack-l">
          <div class="row">
            {model.toMark === null ? null : (
              <a class="button primary" href={paths.sampleItem(model.id, model.toMark)}>
                {t.one.next}
              </a>
            )}
            {model.mayDraw ? (
              <form class="row" method="post" action={paths.sampleStep(model.id, 'draw')}>
                <button class="button primary">{t.one.resume}</button>
                <span class="small muted">{t.one.resumeLead}</span>
              </form>
            ) : null}
            {model.mayClose ? (
              <form class="row" method="post" action={paths.sampleStep(model.id, 'close')}>
                <button class="button primary">{t.one.close}</button>
                <span class="small muted">{t.one.closeLead}</span>
              </form>
            ) : null}
          </div>
          <Result model={model} />
          <Section title={t.one.draw}>
            <div class="stack">
              <p class="small muted">{t.one.drawLead}</p>
              <Facts
                facts={[
                  { term: t.columns.period, value: `${model.from} – ${model.to}` },
                  { term: t.one.frame, value: say(t.one.frameOf, { frame: model.frame, size: model.size }) },
                  { term: t.one.head, value: <span class="code">{model.head}</span> },
                  { term: t.one.seed, value: <Copyable text={model.seed} /> },
                  { term: t.one.digest, value: <Copyable text={model.frameDigest} /> },
                  { term: t.columns.by, value: model.by },
                  { term: t.one.announced, value: <When at={model.announcedAt} /> },
                  { term: t.one.drawnAt, value: model.drawnAt === null ? null : <When at={model.drawnAt} /> },
                  { term: t.one.drawer, value: say(t.one.drawerOf, { count: model.drawerMost }) },
                  { term: t.one.rules, value: model.rules.split('@sha256:')[0] },
                  {
                    term: t.one.closed,
                    value:
                      model.closedAt === null ? null : (
                        <>
                          {model.closedBy} · <When at={model.closedAt} />
                        </>
                      ),
                  },
                ]}
              />
            </div>
          </Section>
          {model.items.length === 0 ? null : (
            <Section title={t.one.items}>
              <Items model={model} />
              <Pager paging={{ ...model.paging, total: model.size }} />
            </Section>
          )}
        </div>
      </>
    ),
  };
};

function Result({ model }: { model: SampleModel }) {
  const { p, f, say } = useView();
  const t = p.pages.oversight.samples.one;
  const marks = p.reports.samples.marks;
  const { result } = model;
  const share = (one: { share: number; low: number; high: number }): string =>
    result?.method === 'all' ? f.percent(one.share) : say(t.share, { share: f.percent(one.share), low: f.percent(one.low), high: f.percent(one.high) });
  return (
    <Section title={result === null ? t.counts : t.result}>
      <div class="stack">
        <Figures
          figures={[
            { term: marks.justified, value: f.number(model.justified) },
            { term: marks.not_justified, value: f.number(model.notJustified), small: result === null ? undefined : share(result.notJustified) },
            { term: marks.unclear, value: f.number(model.unclear), small: result === null ? undefined : share(result.unclear) },
            { term: t.unmarked, value: f.number(model.waiting) },
          ]}
        />
        <p class="small muted">
          {result === null ? t.waitingResult : say(p.reports.samples.methods[result.method], { confidence: f.percent(result.confidence) })}
        </p>
      </div>
    </Section>
  );
}

function Items({ model }: { model: SampleModel }) {
  const { p } = useView();
  const t = p.pages.oversight.samples;
  return (
    <Table
      caption={t.one.items}
      rows={model.items}
      id={(row) => String(row.position)}
      columns={[
        {
          key: 'position',
          head: t.columns.position,
          main: true,
          cell: (row) => (
            <a class="code" href={paths.sampleItem(model.id, row.position)}>
              {row.position}
            </a>
          ),
        },
        { key: 'mark', head: t.columns.mark, cell: (row) => (row.own ? <span class="muted">{t.one.own}</span> : <ItemMark mark={row.mark} />) },
        { key: 'at', head: t.columns.at, cell: (row) => (row.at === null ? null : <When at={row.at} />) },
        { key: 'who', head: t.columns.who, cell: (row) => row.who },
        { key: 'act', head: t.columns.act, cell: (row) => row.act },
        { key: 'purpose', head: t.columns.purpose, cell: (row) => row.purpose },
        { key: 'by', head: t.columns.markedBy, cell: (row) => row.markedBy },
      ]}
    />
  );
}
