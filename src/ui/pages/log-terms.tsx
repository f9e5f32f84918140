import type { LogRegisterSummary, LogTermView } from '../../disposition/index.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { PageHead, Section, State, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { RegisterMark, RegisterTabs } from './registers.js';

export interface LogTermsModel {
  /** `null`: this viewer sees only the registers in which he takes part. */
  terms: readonly LogTermView[] | null;
  rows: readonly LogRegisterSummary[];
  paging: Paging;
  mayPropose: boolean;
  /** What was typed to propose one, where it was refused. */
  form: FormState;
}

/** The logs of the past with their terms, and the registers under which their entries are destroyed. */
export const logTermsPage: PageOf<LogTermsModel> = ({ p, f }, model) => {
  const t = p.pages.logTerms;
  return {
    title: t.title,
    section: 'destruction',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        <RegisterTabs here="logs" waiting={0} />
        {model.terms === null ? null : <Terms terms={model.terms} mayPropose={model.mayPropose} form={model.form} />}
        <Section title={t.registers}>
          {model.rows.length === 0 ? (
            <Empty title={t.noRegisters.title}>{t.noRegisters.text}</Empty>
          ) : (
            <>
              <Table
                caption={t.registers}
                rows={model.rows}
                id={(row) => row.id}
                columns={[
                  {
                    key: 'number',
                    head: t.columns.number,
                    main: true,
                    cell: (row) => (
                      <a class="code" href={paths.logDestruction(row.id)}>
                        {row.number}
                      </a>
                    ),
                  },
                  { key: 'log', head: t.columns.log, cell: (row) => <span class="code">{row.log}</span> },
                  { key: 'state', head: t.columns.state, cell: (row) => <RegisterMark state={row.state} /> },
                  { key: 'entries', head: t.columns.entries, number: true, cell: (row) => f.number(Number(row.size)) },
                  { key: 'by', head: t.columns.by, cell: (row) => row.madeBy },
                  { key: 'at', head: t.columns.at, cell: (row) => <When at={row.madeAt} day /> },
                  { key: 'after', head: t.columns.after, cell: (row) => (row.executeAfter === null ? null : <When at={row.executeAfter} />) },
                ]}
              />
              <Pager paging={model.paging} />
            </>
          )}
        </Section>
      </div>
    ),
  };
};

function Terms({ terms, mayPropose, form }: Pick<LogTermsModel, 'mayPropose' | 'form'> & { terms: readonly LogTermView[] }) {
  const { p, say, f } = useView();
  const t = p.pages.logTerms;
  const against = (one: LogTermView): string => one.against.map((why) => say(t.against[why], { holds: one.holds.join(' ') })).join(' · ');
  return (
    <Section title={t.terms}>
      {terms.length === 0 ? (
        <Empty title={t.none.title}>{t.none.text}</Empty>
      ) : (
        <Table
          caption={t.terms}
          rows={terms}
          id={(row) => row.log}
          columns={[
            { key: 'log', head: t.termColumns.log, main: true, cell: (row) => <span class="code">{row.log}</span> },
            { key: 'entries', head: t.termColumns.entries, number: true, cell: (row) => f.number(Number(row.size)) },
            {
              key: 'written',
              head: t.termColumns.written,
              cell: (row) => (
                <>
                  <When at={row.first} day /> – <When at={row.last} day />
                </>
              ),
            },
            { key: 'until', head: t.termColumns.until, cell: (row) => <When at={row.until} day /> },
            {
              key: 'state',
              head: t.termColumns.state,
              cell: (row) => (
                <>
                  <State tone={row.due ? 'warn' : 'plain'} shape={row.due ? 'triangle' : row.against.includes('gone') ? 'cross' : 'square'}>
                    {row.due ? t.due : row.against.includes('gone') ? t.against.gone : t.kept}
                  </State>
                  {row.against.length === 0 || row.against.includes('gone') ? null : <span class="sub">{against(row)}</span>}
                </>
              ),
            },
            {
              key: 'register',
              head: t.termColumns.register,
              cell: (row) =>
                row.register !== null ? (
                  <a class="code" href={paths.logDestruction(row.register.id)}>
                    {row.register.number}
                  </a>
                ) : mayPropose && row.against.length === 0 ? (
                  <Confirm
                    action={paths.logTerms}
                    open={t.propose.open}
                    title={say(t.propose.title, { log: row.log })}
                    submit={t.propose.submit}
                    hidden={{ log: row.log }}
                    expected={row.log}
                    form={form.values['log'] === row.log ? form : EMPTY_FORM}
                    danger
                  >
                    <p>{say(t.propose.text, { count: Number(row.size) })}</p>
                  </Confirm>
                ) : null,
            },
          ]}
        />
      )}
    </Section>
  );
}
