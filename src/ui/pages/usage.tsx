import { BarChart, type Bar } from '../components/chart.js';
import { useView } from '../components/context.js';
import { ErrorSummary, optionsOf, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Figures, PageHead, Section } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { GoneNotes, type GoneModel } from './log-gone.js';
import { textOf } from '../view.js';
import { EntriesTable, type EntryRow } from './audit.js';

/** One bar and one row: what it stands for, how many, and the view behind it. */
export interface UsageLine {
  text: string;
  count: number;
  href: string;
}

export interface UsageModel {
  /** `null`: the question was refused, nothing was looked for. */
  usage: {
    total: number;
    outside: number;
    refused: number;
    personCount: number;
    days: readonly UsageLine[];
    outsideDays: readonly UsageLine[];
    purposes: readonly UsageLine[];
    acts: readonly UsageLine[];
    departments: readonly UsageLine[];
    persons: readonly UsageLine[];
  } | null;
  rows: readonly EntryRow[];
  /** Entries behind the sums that are gone by rule. */
  gone: GoneModel;
  paging: Paging;
  filters: FormState;
  chips: readonly FilterChip[];
  departments: readonly Option[];
  purposes: readonly Option[];
  acts: readonly Option[];
  exports: { xlsx: string; csv: string; json: string; pdf: string } | null;
  findsRecords: boolean;
  kept: Readonly<Record<string, string>>;
}

export const usagePage: PageOf<UsageModel> = (view, model) => {
  const { p, f } = view;
  const t = p.pages.usage;
  const { usage, filters: form } = model;
  return {
    title: t.title,
    section: 'usage',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          <a class="button" href={paths.past}>
            {p.pages.past.link}
          </a>
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
              <a class="button" href={model.exports.pdf} download>
                {t.exportPdf}
              </a>
            </>
          ) : null}
        </PageHead>
        <div class="stack">
          <ErrorSummary form={form} labels={(field) => textOf(t.filters, field)} />
          {/* Posted: a person's name or a client's number must not stand in an address. */}
          <form class="filters" method="post" action={paths.usage}>
            <TextField form={form} name="who" label={t.filters.who} />
            <TextField form={form} name="record" label={t.filters.record} maxLength={200} />
            {model.findsRecords ? <TextField form={form} name="client" label={t.filters.client} maxLength={64} /> : null}
            <SelectField form={form} name="department" label={t.filters.department} blank={p.ui.any} options={model.departments} />
            <SelectField form={form} name="use" label={t.filters.use} blank={p.ui.any} options={optionsOf(t.uses)} />
            <SelectField form={form} name="act" label={t.filters.act} blank={p.ui.any} options={model.acts} />
            <SelectField form={form} name="purpose" label={t.filters.purpose} blank={p.ui.any} options={model.purposes} />
            <SelectField form={form} name="decision" label={t.filters.decision} blank={p.ui.any} options={optionsOf(p.audit.decisions)} />
            <SelectField form={form} name="hours" label={t.filters.hours} blank={p.ui.any} options={optionsOf(t.hours)} />
            <TextField form={form} name="from" type="date" label={t.filters.from} />
            <TextField form={form} name="to" type="date" label={t.filters.to} />
            {Object.entries(model.kept).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            <button class="button primary">{p.ui.find}</button>
          </form>
          <FilterChips chips={model.chips} clear={paths.usage} />
          {usage === null ? null : usage.total === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <div class="stack-l">
              <Figures
                figures={[
                  { term: t.figures.total, value: f.number(usage.total) },
                  { term: t.figures.outside, value: f.number(usage.outside) },
                  { term: t.figures.refused, value: f.number(usage.refused) },
                  { term: t.figures.persons, value: f.number(usage.personCount) },
                ]}
              />
              <Chart title={t.byDay} lines={usage.days} />
              <Chart title={t.outsideByDay} lines={usage.outsideDays} />
              <Chart title={t.byPurpose} lines={usage.purposes} />
              <div class="columns columns-even">
                <Lines title={t.byAct} lines={usage.acts} />
                <Lines title={t.byPerson} lines={usage.persons} of={usage.personCount} />
                <Lines title={t.byDepartment} lines={usage.departments} />
              </div>
              <Entries model={model} />
            </div>
          )}
        </div>
      </>
    ),
  };
};

function Lines({ title, lines, of }: { title: string; lines: readonly UsageLine[]; of?: number }) {
  const { p, f, say } = useView();
  const t = p.pages.usage;
  return (
    <Section
      title={title}
      aside={of !== undefined && of > lines.length ? <span class="small muted">{say(t.first, { shown: lines.length, count: of })}</span> : null}
    >
      <LinesTable title={title} lines={lines} number={(value) => f.number(value)} />
    </Section>
  );
}

function LinesTable({ title, lines, number }: { title: string; lines: readonly UsageLine[]; number: (value: number) => string }) {
  const { p } = useView();
  return (
    <Table
      caption={title}
      keep
      rows={lines}
      id={(row) => row.href}
      columns={[
        { key: 'what', head: title, main: true, cell: (row) => <a href={row.href}>{row.text}</a> },
        { key: 'count', head: p.pages.usage.count, number: true, cell: (row) => number(row.count) },
      ]}
    />
  );
}

/** A chart whose every bar is a link, and the same figures as a table beside it. */
function Chart({ title, lines }: { title: string; lines: readonly UsageLine[] }) {
  const { p, f, say } = useView();
  const t = p.pages.usage;
  if (lines.length === 0) return null;
  return (
    <Section title={title}>
      <BarChart
        label={title}
        bars={lines.map((one) => ({ label: one.text, value: one.count, href: one.href }))}
        say={(bar: Bar) => say(t.byDayBar, { day: bar.label, count: bar.value })}
      />
      <details>
        <summary>{t.count}</summary>
        <LinesTable title={title} lines={lines} number={(value) => f.number(value)} />
      </details>
    </Section>
  );
}

function Entries({ model }: { model: UsageModel }) {
  const { p } = useView();
  return (
    <Section title={p.pages.usage.entries}>
      <GoneNotes gone={model.gone} />
      <EntriesTable caption={p.pages.usage.entries} rows={model.rows} />
      <Pager paging={model.paging} />
    </Section>
  );
}
