import type { RecordState } from '../../records/values.js';
import { BarChart } from '../components/chart.js';
import { useView } from '../components/context.js';
import { ErrorSummary, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Figures, PageHead, RecordStateMark, Section, State, Tabs } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

type Place = 'due' | 'calendar' | 'over';

/** Title, exports and the three views of terms. */
export function DueHead({ place, exports }: { place: Place; exports?: { csv: string; xlsx: string } | undefined }) {
  const { p } = useView();
  const t = p.pages.due;
  const places = { due: paths.due, calendar: paths.dueCalendar, over: paths.overRetained };
  return (
    <>
      <PageHead title={t.titles[place]} lead={t.leads[place]}>
        {exports ? (
          <>
            <a class="button" href={exports.xlsx} download>
              {p.pages.usage.export}
            </a>
            <a class="button" href={exports.csv} download>
              {p.pages.usage.exportCsv}
            </a>
          </>
        ) : null}
      </PageHead>
      <Tabs label={t.title} tabs={(['due', 'calendar', 'over'] as const).map((one) => ({ text: t.titles[one], href: places[one], here: one === place }))} />
    </>
  );
}

export interface DueModel {
  day: string;
  today: string;
  total: number;
  byDepartment: readonly { text: string; count: number; href: string }[];
  byType: readonly { text: string; count: number; href: string }[];
  rows: readonly {
    id: string;
    title: string;
    code: string;
    type: string;
    department: string;
    state: RecordState;
    held: boolean;
    until: string;
    maximum: string | null;
    over: boolean;
    rule: string;
  }[];
  paging: Paging;
  filters: FormState;
  chips: readonly FilterChip[];
  departments: readonly Option[];
  types: readonly Option[];
  rules: readonly Option[];
  exports: { csv: string; xlsx: string };
  maySweep: boolean;
  reminders: readonly { id: string; department: string; from: string; to: string; records: number; href: string }[];
}

export const duePage: PageOf<DueModel> = ({ p, f, say }, model) => {
  const t = p.pages.due;
  const tense = model.day === model.today ? 'is' : model.day < model.today ? 'was' : 'will';
  return {
    title: t.title,
    section: 'retention',
    body: (
      <>
        <DueHead place="due" exports={model.exports} />
        <div class="stack-l">
          {model.reminders.map((one) => (
            <Note key={one.id} kind="warn">
              <div class="row row-between">
                <a href={one.href}>{say(t.reminder, { department: one.department, from: one.from, to: one.to, count: one.records })}</a>
                <form method="post" action={paths.dueReminder(one.id)}>
                  <button class="button quiet">{t.reminderSeen}</button>
                </form>
              </div>
            </Note>
          ))}
          <div class="stack">
            <ErrorSummary form={model.filters} labels={(field) => textOf(t.filters, field)} />
            <form class="filters" method="get" action={paths.due}>
              <TextField form={model.filters} name="day" type="date" label={t.filters.day} />
              <SelectField form={model.filters} name="department" label={t.filters.department} blank={p.ui.any} options={model.departments} />
              <SelectField form={model.filters} name="type" label={t.filters.type} blank={p.ui.any} options={model.types} />
              <SelectField form={model.filters} name="rule" label={t.filters.rule} blank={p.ui.any} options={model.rules} />
              <SelectField
                form={model.filters}
                name="held"
                label={t.filters.held}
                options={[
                  { value: '', text: t.notHeld },
                  { value: '1', text: t.held },
                ]}
              />
              <button class="button primary">{p.ui.find}</button>
            </form>
            <FilterChips chips={model.chips} clear={paths.due} />
          </div>
          <Figures figures={[{ term: say(t.total[tense], { day: model.day }), value: f.number(model.total) }]} />
          {tense === 'is' ? null : <Note>{t.asKnown}</Note>}
          {model.maySweep ? (
            <form method="post" action={paths.sweepDue}>
              <button class="button">{t.sweep}</button>
            </form>
          ) : null}
          {model.total === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <div class="columns columns-even">
                <Lines title={t.filters.department} lines={model.byDepartment} />
                <Lines title={t.filters.type} lines={model.byType} />
              </div>
              <DueTable model={model} />
            </>
          )}
        </div>
      </>
    ),
  };
};

function Lines({ title, lines }: { title: string; lines: DueModel['byType'] }) {
  const { p, f } = useView();
  return (
    <Section title={title}>
      <Table
        caption={title}
        keep
        rows={lines}
        id={(row) => row.href}
        columns={[
          { key: 'what', head: title, main: true, cell: (row) => <a href={row.href}>{row.text}</a> },
          { key: 'count', head: p.pages.due.records, number: true, cell: (row) => f.number(row.count) },
        ]}
      />
    </Section>
  );
}

function DueTable({ model }: { model: DueModel }) {
  const { p } = useView();
  const t = p.pages.due;
  return (
    <Section title={t.list}>
      <Table
        caption={t.list}
        rows={model.rows}
        id={(row) => row.id}
        columns={[
          {
            key: 'record',
            head: p.pages.schedule.record,
            main: true,
            cell: (row) => (
              <>
                <a href={paths.record(row.id)}>{row.title}</a>
                <span class="sub code">{row.code}</span>
              </>
            ),
          },
          { key: 'type', head: t.filters.type, cell: (row) => textOf(p.values.serviceType, row.type) },
          { key: 'department', head: t.filters.department, cell: (row) => row.department },
          { key: 'until', head: t.until, cell: (row) => <strong>{row.until}</strong> },
          {
            key: 'maximum',
            head: t.maximum,
            cell: (row) =>
              row.over && row.maximum ? (
                <State tone="bad" shape="diamond">
                  {row.maximum}
                </State>
              ) : (
                row.maximum
              ),
          },
          { key: 'rule', head: t.filters.rule, cell: (row) => row.rule },
          {
            key: 'state',
            head: p.pages.policies.state,
            cell: (row) =>
              row.held ? (
                <State tone="act" shape="half">
                  {t.held}
                </State>
              ) : (
                <RecordStateMark state={row.state} />
              ),
          },
        ]}
      />
      <Pager paging={model.paging} />
    </Section>
  );
}

export interface DueCalendarModel {
  overdue: { count: number; href: string };
  months: readonly { month: string; count: number; href: string }[];
  earlier: string;
  later: string;
  total: number;
  filters: FormState;
  departments: readonly Option[];
  types: readonly Option[];
  rules: readonly Option[];
}

export const dueCalendarPage: PageOf<DueCalendarModel> = ({ p, f, say }, model) => {
  const t = p.pages.due;
  return {
    title: t.titles.calendar,
    section: 'retention',
    body: (
      <>
        <DueHead place="calendar" />
        <div class="stack-l">
          <form class="filters" method="get" action={paths.dueCalendar}>
            <SelectField form={model.filters} name="department" label={t.filters.department} blank={p.ui.any} options={model.departments} />
            <SelectField form={model.filters} name="type" label={t.filters.type} blank={p.ui.any} options={model.types} />
            <SelectField form={model.filters} name="rule" label={t.filters.rule} blank={p.ui.any} options={model.rules} />
            <button class="button primary">{p.ui.find}</button>
          </form>
          <Figures
            figures={[
              { term: t.before, value: <a href={model.overdue.href}>{f.number(model.overdue.count)}</a> },
              { term: t.within, value: f.number(model.total) },
            ]}
          />
          <Section
            title={t.byMonth}
            aside={
              <span class="row">
                <a class="button quiet" href={model.earlier}>
                  {t.earlier}
                </a>
                <a class="button quiet" href={model.later}>
                  {t.later}
                </a>
              </span>
            }
          >
            <BarChart
              label={t.byMonth}
              bars={model.months.map(({ month, count, href }) => ({ label: month, value: count, href }))}
              say={(bar) => say(t.monthBar, { month: bar.label, count: bar.value })}
            />
            <details>
              <summary>{t.asTable}</summary>
              <Table
                caption={t.byMonth}
                keep
                rows={model.months}
                id={(row) => row.month}
                columns={[
                  { key: 'month', head: t.month, main: true, cell: (row) => <a href={row.href}>{row.month}</a> },
                  { key: 'count', head: t.records, number: true, cell: (row) => f.number(row.count) },
                ]}
              />
            </details>
          </Section>
        </div>
      </>
    ),
  };
};
