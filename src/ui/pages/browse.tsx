import type { ClientType, ServiceType } from '../../records/values.js';
import { BarChart, type Bar } from '../components/chart.js';
import { useView } from '../components/context.js';
import { EMPTY_FORM, TextArea } from '../components/forms.js';
import { Chip, Crumbs, Figures, PageHead, RecordStateMark, Section, SensitivityMark, Timeline } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { RecordTable, type RecordRow } from '../components/records.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface BrowseModel {
  /** Where one stands; left out: at the door. */
  type?: ServiceType;
  clientType?: ClientType;
  /** The next step down: repositories, client types or years, counted under the viewer's rights. */
  types?: readonly { type: ServiceType; count: number; from: number; to: number }[];
  clientTypes?: readonly { type: ClientType; count: number; from: number; to: number }[];
  years?: readonly { year: number; count: number }[];
}

export const browsePage: PageOf<BrowseModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.browse;
  const title =
    model.type === undefined
      ? t.title
      : model.clientType === undefined
        ? p.values.serviceType[model.type]
        : `${p.values.serviceType[model.type]} · ${p.values.clientType[model.clientType]}`;
  const range = (from: number, to: number): string =>
    from === to ? say(t.year, { year: String(from) }) : say(t.years, { from: String(from), to: String(to) });
  const none = [model.types, model.clientTypes, model.years].every((list) => !list?.length);
  return {
    title,
    section: 'browse',
    body: (
      <>
        {model.type === undefined ? null : (
          <Crumbs
            crumbs={[
              { text: t.title, href: paths.browse },
              ...(model.clientType === undefined ? [] : [{ text: p.values.serviceType[model.type], href: paths.browseType(model.type) }]),
              { text: model.clientType === undefined ? title : p.values.clientType[model.clientType] },
            ]}
          />
        )}
        <PageHead title={title} lead={t.lead} />
        {none ? <Empty title={t.none.title}>{t.none.text}</Empty> : null}
        <div class="boxes">
          {model.types?.map(({ type, count, from, to }) => (
            <Box key={type} href={paths.browseType(type)} title={p.values.serviceType[type]} count={count} range={range(from, to)} />
          ))}
          {model.clientTypes?.map(({ type, count, from, to }) => (
            <Box key={type} href={paths.browseClients(model.type ?? '', type)} title={p.values.clientType[type]} count={count} range={range(from, to)} />
          ))}
        </div>
        {model.years?.length ? (
          <div class="columns">
            <Section title={t.perYear}>
              <BarChart
                label={t.perYear}
                bars={model.years.map(({ year, count }) => ({
                  label: String(year),
                  value: count,
                  href: paths.browseYear(model.type ?? '', model.clientType ?? '', year),
                }))}
                say={sayBar}
              />
            </Section>
            <Section title={t.table}>
              <Table
                keep
                caption={t.perYear}
                rows={model.years}
                id={(row) => String(row.year)}
                columns={[
                  {
                    key: 'year',
                    head: t.yearHead,
                    main: true,
                    cell: (row) => <a href={paths.browseYear(model.type ?? '', model.clientType ?? '', row.year)}>{say(t.year, { year: String(row.year) })}</a>,
                  },
                  { key: 'count', head: t.count, number: true, cell: (row) => f.number(row.count) },
                ]}
              />
            </Section>
          </div>
        ) : null}
      </>
    ),
  };

  function sayBar(bar: Bar): string {
    return `${say(t.year, { year: bar.label })}${p.common.colon}${say(p.common.records, { count: bar.value })}`;
  }
};

function Box({ href, title, count, range }: { href: string; title: string; count: number; range: string }) {
  const { p, say } = useView();
  return (
    <a class="box" href={href}>
      <strong>{title}</strong>
      <span class="small">{range}</span>
      <b>{say(p.common.records, { count })}</b>
    </a>
  );
}

export interface BrowseListModel {
  type: ServiceType;
  clientType: ClientType;
  year: number;
  rows: readonly RecordRow[];
  paging: Paging;
  /** Whether this viewer prints the forms of the archive. */
  mayPrint: boolean;
}

export const browseListPage: PageOf<BrowseListModel> = ({ p, say }, model) => {
  const t = p.pages.browse;
  const type = p.values.serviceType[model.type];
  const client = p.values.clientType[model.clientType];
  const title = say(t.list, { type, client, year: String(model.year) });
  return {
    title,
    section: 'browse',
    body: (
      <>
        <Crumbs
          crumbs={[
            { text: t.title, href: paths.browse },
            { text: type, href: paths.browseType(model.type) },
            { text: client, href: paths.browseClients(model.type, model.clientType) },
            { text: String(model.year) },
          ]}
        />
        <PageHead title={title}>
          {model.mayPrint && model.rows.length > 0 ? (
            <a class="button" href={paths.fileCatalogue(model.type, model.clientType, model.year)} download="">
              {t.forms.catalogue}
            </a>
          ) : null}
        </PageHead>
        {model.mayPrint && model.rows.length > 0 ? <FileNoteForm model={model} /> : null}
        {model.rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <RecordTable rows={model.rows} caption={title} columns={['title', 'client', 'closed', 'department', 'sensitivity', 'state']} />
            <Pager paging={model.paging} />
          </>
        )}
      </>
    ),
  };
};

function FileNoteForm({ model }: { model: BrowseListModel }) {
  const { p } = useView();
  const t = p.pages.browse.forms;
  return (
    <details class="confirm">
      <summary class="button">{t.note}</summary>
      <form class="stack" method="post" action={paths.fileNote(model.type, model.clientType, model.year)}>
        <p class="small muted">{t.noteLead}</p>
        <TextArea form={EMPTY_FORM} name="note" label={t.noteField} rows={4} maxLength={1000} />
        <div class="row">
          <button class="button primary">{t.submit}</button>
        </div>
      </form>
    </details>
  );
}

export interface DossierModel {
  number: string;
  /** Masked. */
  name: string | null;
  type: ClientType;
  total: number;
  meanEvaluation: number | null;
  byChannel: readonly { channel: RecordRow['channel']; count: number }[];
  /** In order. */
  perYear: readonly { year: number; count: number }[];
  rows: readonly RecordRow[];
  paging: Paging;
}

export const dossierPage: PageOf<DossierModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.dossier;
  const last = model.rows[0];
  return {
    title: `${t.title} ${model.number}`,
    section: 'browse',
    body: (
      <div class="stack-l">
        <div>
          <PageHead
            title={model.name ?? model.number}
            lead={
              <>
                {t.title} · <span class="code">{model.number}</span> · {p.values.clientType[model.type]}
              </>
            }
          />
          <p class="muted">{t.lead}</p>
        </div>
        {model.rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Figures
              figures={[
                { term: p.common.total, value: f.number(model.total), small: '' },
                { term: t.channels, value: f.number(model.byChannel.length) },
                { term: t.last, value: last ? f.date(last.closedAt) : '' },
                ...(model.meanEvaluation === null ? [] : [{ term: t.evaluation, value: f.number(Math.round(model.meanEvaluation * 10) / 10), small: '/ 5' }]),
              ]}
            />
            <div class="chips">
              {model.byChannel.map(({ channel, count }) => (
                <Chip key={channel} label={p.values.channel[channel]}>
                  {f.number(count)}
                </Chip>
              ))}
            </div>
            {model.perYear.length > 1 ? (
              <Section title={p.pages.browse.perYear}>
                <BarChart
                  label={p.pages.browse.perYear}
                  bars={model.perYear.map(({ year, count }) => ({ label: String(year), value: count }))}
                  say={(bar) => `${bar.label}: ${bar.value}`}
                />
                <details class="more">
                  <summary>{p.pages.browse.table}</summary>
                  <Table
                    keep
                    caption={p.pages.browse.perYear}
                    rows={model.perYear}
                    id={(row) => String(row.year)}
                    columns={[
                      { key: 'year', head: p.pages.browse.yearHead, main: true, cell: (row) => String(row.year) },
                      { key: 'count', head: p.pages.browse.count, number: true, cell: (row) => f.number(row.count) },
                    ]}
                  />
                </details>
              </Section>
            ) : null}
            <Section title={t.timeline}>
              <Timeline
                items={model.rows.map((row) => ({
                  at: row.closedAt,
                  title: (
                    <a class="title serif" href={paths.record(row.id)}>
                      {row.title}
                    </a>
                  ),
                  text: (
                    <span class="row">
                      <span class="code">{row.archivalCode ?? row.serviceNo}</span>
                      <span>
                        {p.values.channel[row.channel]} · {p.values.serviceType[row.serviceType]}
                      </span>
                      <SensitivityMark level={row.sensitivity} />
                      <RecordStateMark state={row.state} />
                    </span>
                  ),
                  strong: row.serviceType === 'complaint',
                }))}
              />
              <Pager paging={model.paging} />
            </Section>
          </>
        )}
        <p class="hidden">{say(p.common.records, { count: model.total })}</p>
      </div>
    ),
  };
};
