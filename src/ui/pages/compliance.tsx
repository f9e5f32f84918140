import { useView } from '../components/context.js';
import { TextField, type FormState } from '../components/forms.js';
import { Copyable, Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface ComplianceListModel {
  rows: readonly { month: string; id: string | null; origin: 'regular' | 'by_hand' | null; madeAt: string | null }[];
  form: FormState;
  paging: Paging;
}

/** Monthly reports, newest first; a month without one says so and can be made up for. */
export const complianceListPage: PageOf<ComplianceListModel> = ({ p, say }, { rows, form, paging }) => {
  const t = p.pages.oversight.compliance;
  const origins = p.reports.monthly.origins;
  return {
    title: t.title,
    section: 'compliance',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <div class="stack-l">
          {rows.every((row) => row.id === null) ? <Empty title={t.none.title}>{t.none.text}</Empty> : null}
          <Table
            caption={t.title}
            rows={rows}
            id={(row) => row.id ?? row.month}
            columns={[
              {
                key: 'month',
                head: t.columns.month,
                main: true,
                cell: (row) => (row.id === null ? row.month : <a href={paths.complianceReport(row.id)}>{row.month}</a>),
              },
              {
                key: 'origin',
                head: t.columns.origin,
                cell: (row) =>
                  row.origin === null ? (
                    <State tone="bad" shape="cross">
                      {t.missing}
                    </State>
                  ) : (
                    <State tone="good" shape={row.origin === 'regular' ? 'square' : 'frame'}>
                      {origins[row.origin]}
                    </State>
                  ),
              },
              { key: 'made', head: t.columns.made, cell: (row) => (row.madeAt === null ? null : <When at={row.madeAt} />) },
              {
                key: 'acts',
                head: t.columns.acts,
                cell: (row) =>
                  row.id === null ? (
                    <form method="post" action={paths.compliance}>
                      <input type="hidden" name="month" value={row.month} />
                      <button class="button" aria-label={say(t.makeOf, { month: row.month })}>
                        {t.make}
                      </button>
                    </form>
                  ) : (
                    <Take id={row.id} />
                  ),
              },
            ]}
          />
          {paging.next === undefined && paging.first === undefined ? null : <Pager paging={paging} />}
          <Section title={t.make}>
            <p>{t.makeLead}</p>
            <form class="row" method="post" action={paths.compliance}>
              <TextField form={form} name="month" label={t.month} hint={t.monthHint} must mono maxLength={7} />
              <button class="button">{t.make}</button>
            </form>
          </Section>
        </div>
      </>
    ),
  };
};

function Take({ id }: { id: string }) {
  const { p } = useView();
  const t = p.pages.oversight.compliance;
  return (
    <span class="row">
      <a class="button" href={paths.compliancePdf(id)} download>
        {t.pdf}
      </a>
      <a class="button" href={paths.complianceJson(id)} download>
        {t.json}
      </a>
    </span>
  );
}

/** Rows of a figure in words: the numbers of each column, written as they are read. */
export interface FigureModel {
  name: string;
  title: string;
  columns: readonly string[];
  rows: readonly { key: string; text: string; values: readonly string[]; changed?: boolean }[];
}

function FigureTable({ figure }: { figure: FigureModel }) {
  const { p } = useView();
  const t = p.reports.monthly;
  if (figure.rows.length === 0) return <p class="muted">{t.nothing}</p>;
  return (
    <Table
      caption={figure.title}
      keep
      rows={figure.rows}
      id={(row) => row.key}
      columns={[
        { key: 'key', head: t.key, main: true, cell: (row) => row.text },
        ...figure.columns.map((head, index) => ({
          key: `v${index}`,
          head,
          number: true,
          cell: (row: FigureModel['rows'][number]) => (row.changed === true ? <mark>{row.values[index]}</mark> : row.values[index]),
        })),
      ]}
    />
  );
}

export interface ComplianceReportModel {
  id: string;
  month: string;
  origin: 'regular' | 'by_hand';
  madeAt: string;
  by: string;
  calendar: string;
  figuresDigest: string;
  documentDigest: string;
  figures: readonly FigureModel[];
}

/** One report: its figures as reported, each with the way to run it again. */
export const complianceReportPage: PageOf<ComplianceReportModel> = ({ p, say }, model) => {
  const t = p.pages.oversight.compliance;
  const title = say(p.reports.monthly.title, { month: model.month });
  return {
    title,
    section: 'compliance',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.compliance }, { text: model.month }]} />
        <PageHead title={title} lead={p.reports.monthly.origins[model.origin]}>
          <Take id={model.id} />
        </PageHead>
        <div class="stack-l">
          <Facts
            facts={[
              { term: t.facts.made, value: <When at={model.madeAt} /> },
              { term: t.facts.by, value: model.by },
              { term: t.facts.calendar, value: model.calendar },
              { term: t.facts.figures, value: <Copyable text={model.figuresDigest} /> },
              { term: t.facts.document, value: <Copyable text={model.documentDigest} /> },
            ]}
          />
          {model.figures.map((figure) => (
            <Section
              key={figure.name}
              id={figure.name}
              title={figure.title}
              aside={
                <a class="small" href={paths.complianceFigure(model.id, figure.name)} aria-label={`${t.again}${p.common.colon}${figure.title}`}>
                  {t.again}
                </a>
              }
            >
              <FigureTable figure={figure} />
            </Section>
          ))}
        </div>
      </>
    ),
  };
};

export interface ComplianceFigureModel {
  id: string;
  month: string;
  figure: FigureModel;
  same: boolean;
  present: boolean;
}

/** One figure run again, beside what the report says. */
export const complianceFigurePage: PageOf<ComplianceFigureModel> = ({ p }, { id, month, figure, same, present }) => {
  const t = p.pages.oversight.compliance;
  return {
    title: figure.title,
    section: 'compliance',
    body: (
      <>
        <Crumbs
          crumbs={[{ text: t.title, href: paths.compliance }, { text: month, href: `${paths.complianceReport(id)}#${figure.name}` }, { text: t.again }]}
        />
        <PageHead title={figure.title} lead={month} />
        <div class="stack">
          <Note kind={same ? 'good' : present ? 'info' : 'bad'}>{same ? t.figure.same : present ? t.figure.present : t.figure.differs}</Note>
          <FigureTable figure={figure} />
          <p>
            <a class="button" href={paths.complianceReport(id)}>
              {t.all}
            </a>
          </p>
        </div>
      </>
    ),
  };
};
