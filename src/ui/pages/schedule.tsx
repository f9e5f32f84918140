import type { RecordState } from '../../records/values.js';
import { useView } from '../components/context.js';
import { Confirm } from '../components/forms.js';
import { Facts, Figures, PageHead, ProgressBar, RecordStateMark, Section, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { PolicyStateMark, ScheduleTable, type PoliciesModel, type PolicyVersionRow } from './policies.js';

export interface ImpactFigures {
  records: number;
  later: number;
  earlier: number;
  dueNow: number;
  dueThen: number;
  unmatched: number;
}

export interface ScheduleModel {
  id: string;
  name: string;
  state: PolicyVersionRow['state'];
  waiting: boolean;
  by: readonly string[];
  /** Rules by which terms may become shorter, by name. */
  shortens: readonly string[];
  consentWaits: boolean;
  mayConsent: boolean;
  changes: readonly string[];
  schedule: NonNullable<PoliciesModel['schedule']>;
  impact: {
    day: string;
    at: string;
    seconds: number;
    totals: ImpactFigures;
    rows: readonly (ImpactFigures & { type: string; department: string; departmentCode: string })[];
  } | null;
  /** May see which records those are. */
  mayList: boolean;
  /** The terms decided anew under it; `null` before it acts. */
  recompute: {
    running: boolean;
    done: number;
    total: number;
    later: number;
    earlier: number;
    promised: number;
    unmatched: number;
    locks: number;
    failed: number;
  } | null;
}

const moved = (id: string, direction: 'later' | 'earlier', more = ''): string => `${paths.scheduleMoved(id)}?direction=${direction}${more}`;

export const schedulePage: PageOf<ScheduleModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.schedule;
  return {
    title: `${t.title} ${model.name}`,
    section: 'policies',
    ...(model.recompute?.running ? { refresh: 5 } : {}),
    body: (
      <>
        <PageHead title={`${t.title} · ${model.name}`} lead={t.lead}>
          <a class="button" href={paths.scheduleForm(model.id)} download="">
            {t.print}
          </a>
          <a class="button" href={`${paths.policies}?kind=schedule`}>
            {t.back}
          </a>
        </PageHead>
        <div class="stack-l">
          <Section title={t.states}>
            <Facts
              facts={[
                { term: p.pages.policies.state, value: <PolicyStateMark state={model.state} /> },
                { term: p.ui.who, value: model.by.join(' · ') },
                { term: p.access.roles.compliance_officer, value: model.consentWaits ? t.consentWaits : null },
              ]}
            />
            {model.mayConsent ? (
              <Confirm action={paths.scheduleAct(model.id, 'consent')} open={t.consent} title={`${t.consent} · ${model.name}`} submit={t.consent}>
                {t.consentLead}
              </Confirm>
            ) : null}
          </Section>
          {model.state === 'active' ? (
            <Note>{t.acting}</Note>
          ) : (
            <Section title={t.changes}>
              {model.shortens.length > 0 ? <Note kind="warn">{say(t.shortens, { rules: model.shortens.join(' · ') })}</Note> : null}
              {model.changes.length === 0 ? (
                <p class="muted">{t.unchanged}</p>
              ) : (
                <ul>
                  {model.changes.map((change) => (
                    <li key={change}>{change}</li>
                  ))}
                </ul>
              )}
            </Section>
          )}
          {model.recompute ? <Recompute figures={model.recompute} /> : null}
          {model.waiting || model.impact ? <Impact model={model} /> : null}
          <ScheduleTable schedule={model.schedule} />
        </div>
      </>
    ),
  };
};

function Recompute({ figures }: { figures: NonNullable<ScheduleModel['recompute']> }) {
  const { p, f } = useView();
  const t = p.pages.schedule;
  // that the store is behind is said where it is
  const behind = (['locks', 'failed'] as const).filter((name) => figures[name] > 0);
  const names = ['done', 'later', 'earlier', 'promised', 'unmatched', ...behind] as const;
  return (
    <Section title={t.recompute}>
      {figures.running ? <ProgressBar done={figures.done} total={figures.total} label={t.recompute} /> : null}
      <Figures figures={names.map((name) => ({ term: t.recomputed[name], value: f.number(figures[name]) }))} />
    </Section>
  );
}

function Impact({ model }: { model: ScheduleModel }) {
  const { p, say, f } = useView();
  const t = p.pages.schedule;
  const { impact } = model;
  return (
    <Section title={t.impact}>
      {impact === null ? (
        <p class="muted">{t.impactNone}</p>
      ) : (
        <>
          <p class="muted">{say(t.impactLead, { day: impact.day, at: f.dateTime(impact.at), seconds: f.number(impact.seconds) })}</p>
          {impact.totals.unmatched > 0 ? <Note kind="bad">{say(t.unmatchedNote, { count: impact.totals.unmatched })}</Note> : null}
          <Figures
            figures={(Object.keys(t.figures) as (keyof ImpactFigures)[]).map((name) => ({ term: t.figures[name], value: f.number(impact.totals[name]) }))}
          />
          <ImpactTable model={model} rows={impact.rows} />
        </>
      )}
      {model.waiting ? (
        <form method="post" action={paths.scheduleAct(model.id, 'impact')}>
          <button class={impact === null ? 'button primary' : 'button'}>{impact === null ? t.reckon : t.again}</button>
        </form>
      ) : null}
    </Section>
  );
}

function ImpactTable({ model, rows }: { model: ScheduleModel; rows: NonNullable<ScheduleModel['impact']>['rows'] }) {
  const { p, f } = useView();
  const t = p.pages.schedule;
  const number = (direction: 'later' | 'earlier') => ({
    key: direction,
    head: t.figures[direction],
    number: true,
    cell: (row: (typeof rows)[number]) =>
      row[direction] > 0 && model.mayList && model.waiting ? (
        <a href={moved(model.id, direction, `&type=${row.type}&department=${encodeURIComponent(row.departmentCode)}`)}>{f.number(row[direction])}</a>
      ) : (
        f.number(row[direction])
      ),
  });
  return (
    <Table
      caption={t.byTypeAndDepartment}
      rows={rows}
      id={(row) => `${row.type} ${row.departmentCode}`}
      columns={[
        { key: 'type', head: t.type, main: true, cell: (row) => textOf(p.values.serviceType, row.type) },
        { key: 'department', head: t.department, cell: (row) => row.department },
        { key: 'records', head: t.figures.records, number: true, cell: (row) => f.number(row.records) },
        number('later'),
        number('earlier'),
        { key: 'now', head: t.figures.dueNow, number: true, cell: (row) => f.number(row.dueNow) },
        { key: 'then', head: t.figures.dueThen, number: true, cell: (row) => f.number(row.dueThen) },
      ]}
    />
  );
}

export interface MovedModel {
  id: string;
  name: string;
  direction: 'later' | 'earlier';
  rows: readonly {
    id: string;
    title: string;
    code: string;
    type: string;
    department: string;
    state: RecordState;
    closedAt: string;
    from: string;
    until: string;
    rule: string;
  }[];
  paging: Paging;
}

export const movedPage: PageOf<MovedModel> = ({ p }, model) => {
  const t = p.pages.schedule;
  return {
    title: t.list[model.direction],
    section: 'policies',
    body: (
      <>
        <PageHead title={t.list[model.direction]} lead={t.listLead}>
          <a class="button" href={paths.schedule(model.id)}>
            {model.name}
          </a>
        </PageHead>
        {model.rows.length === 0 ? (
          <Empty title={t.listNone.title}>{t.listNone.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.list[model.direction]}
              rows={model.rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'record',
                  head: t.record,
                  main: true,
                  cell: (row) => (
                    <>
                      <a href={paths.record(row.id)}>{row.title}</a>
                      <span class="sub code">{row.code}</span>
                    </>
                  ),
                },
                { key: 'type', head: t.type, cell: (row) => textOf(p.values.serviceType, row.type) },
                { key: 'department', head: t.department, cell: (row) => row.department },
                { key: 'state', head: p.pages.policies.state, cell: (row) => <RecordStateMark state={row.state} /> },
                { key: 'closed', head: p.fields.closedAt, cell: (row) => <When at={row.closedAt} day /> },
                { key: 'from', head: t.from, cell: (row) => row.from },
                { key: 'until', head: t.until, cell: (row) => <strong>{row.until}</strong> },
                { key: 'rule', head: t.rule, cell: (row) => row.rule },
              ]}
            />
            <Pager paging={model.paging} />
          </>
        )}
      </>
    ),
  };
};
