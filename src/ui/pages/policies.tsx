import type { Sensitivity } from '../../records/values.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { Copyable, Facts, PageHead, Section, SensitivityMark, State, Tabs, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export interface PolicyRow {
  /** Its id. */
  set: string;
  /** What it is called, for example `general`. */
  name: string;
  version: string;
  digest: string;
  state: 'active' | 'proposed' | 'superseded' | 'waiting';
  since: string | null;
  by: readonly string[];
  changes: readonly string[];
  mayPropose: boolean;
  mayConfirm: boolean;
}

export interface PoliciesModel {
  kind: 'access' | 'scheme' | 'schedule';
  versions: readonly PolicyRow[];
  scheme?: {
    title: string;
    code: string;
    types: readonly { type: string; class: string; sensitivity: Sensitivity; purposes: readonly string[]; required: readonly string[] }[];
    scope: readonly { title: string; decision: 'in' | 'out' }[];
  };
  schedule?: {
    title: string;
    rules: readonly {
      id: string;
      title: string;
      match: string;
      period: string;
      minimum: string;
      maximum: string;
      trigger: string;
      basis: string;
      owner: string;
    }[];
  };
  form?: FormState;
}

export const policiesPage: PageOf<PoliciesModel> = ({ p }, model) => {
  const t = p.pages.policies;
  return {
    title: t.title,
    section: 'policies',
    body: (
      <>
        <PageHead title={t.title} />
        <Tabs
          label={t.title}
          tabs={(['access', 'scheme', 'schedule'] as const).map((kind) => ({
            text: t.tabs[kind],
            href: `${paths.policies}?kind=${kind}`,
            here: kind === model.kind,
          }))}
        />
        <div class="stack-l">
          <Versions model={model} />
          {model.scheme ? <Scheme scheme={model.scheme} /> : null}
          {model.schedule ? <Schedule schedule={model.schedule} /> : null}
        </div>
      </>
    ),
  };
};

function Versions({ model }: { model: PoliciesModel }) {
  const { p, say } = useView();
  const t = p.pages.policies;
  const marks = { active: ['good', 'square'], proposed: ['warn', 'ring'], superseded: ['plain', 'dash'], waiting: ['warn', 'triangle'] } as const;
  return (
    <div class="stack">
      {model.versions.map((one) => (
        <section key={one.digest} class="panel stack" aria-label={`${one.name} ${one.version}`}>
          <Facts
            facts={[
              {
                term: t.version,
                value: (
                  <strong>
                    {one.name} · {one.version}
                  </strong>
                ),
              },
              {
                term: t.state,
                value: (
                  <State tone={marks[one.state][0]} shape={marks[one.state][1]}>
                    {t.states[one.state]}
                  </State>
                ),
              },
              { term: t.since, value: one.since && <When at={one.since} /> },
              { term: p.ui.who, value: one.by.join(' · ') },
              { term: t.digest, value: <Copyable text={one.digest} /> },
            ]}
          />
          {one.changes.length > 0 ? (
            <div>
              <h2>{t.changes}</h2>
              <pre class="pre small code scroll" tabindex={0} aria-label={t.changes}>
                {one.changes.join('\n')}
              </pre>
            </div>
          ) : null}
          {one.mayPropose ? (
            <>
              <Note kind="warn">{t.proposeLead}</Note>
              <form method="post" action={paths.policyAct(one.set, 'propose')}>
                <input type="hidden" name="digest" value={one.digest} />
                <button class="button primary">{t.propose}</button>
              </form>
            </>
          ) : null}
          {one.mayConfirm ? (
            <Confirm
              action={paths.policyAct(one.set, 'confirm')}
              open={t.confirm}
              title={`${t.confirm} · ${one.name}`}
              expected={say(t.expected, { version: one.version })}
              submit={t.confirm}
              hidden={{ digest: one.digest }}
              form={model.form ?? EMPTY_FORM}
            >
              {t.confirmLead}
            </Confirm>
          ) : null}
        </section>
      ))}
    </div>
  );
}

function Scheme({ scheme }: { scheme: NonNullable<PoliciesModel['scheme']> }) {
  const { p } = useView();
  const t = p.pages.policies.scheme;
  return (
    <div class="stack-l">
      <Section
        title={scheme.title}
        aside={
          <span class="small muted">
            {t.code}
            {p.common.colon}
            <span class="code">{scheme.code}</span>
          </span>
        }
      >
        <Table
          caption={t.types}
          rows={scheme.types}
          id={(row) => row.type}
          columns={[
            { key: 'type', head: t.types, main: true, cell: (row) => textOf(p.values.serviceType, row.type) },
            { key: 'class', head: t.class, cell: (row) => <span class="code">{row.class}</span> },
            { key: 'sensitivity', head: t.sensitivity, cell: (row) => <SensitivityMark level={row.sensitivity} /> },
            { key: 'required', head: t.required, cell: (row) => row.required.join(' · ') },
            { key: 'purposes', head: t.purposes, cell: (row) => row.purposes.join(' · ') },
          ]}
        />
      </Section>
      <Section title={t.scope}>
        <ul class="shelf">
          {scheme.scope.map((rule) => (
            <li key={rule.title}>
              <span>{rule.title}</span>
              <State tone={rule.decision === 'in' ? 'good' : 'plain'} shape={rule.decision === 'in' ? 'square' : 'cross'}>
                {t[rule.decision]}
              </State>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function Schedule({ schedule }: { schedule: NonNullable<PoliciesModel['schedule']> }) {
  const { p } = useView();
  const t = p.pages.policies.schedule;
  return (
    <Section title={schedule.title}>
      <Table
        caption={schedule.title}
        rows={schedule.rules}
        id={(row) => row.id}
        columns={[
          {
            key: 'rule',
            head: t.rule,
            main: true,
            cell: (row) => (
              <>
                {row.title}
                <span class="sub code">{row.id}</span>
              </>
            ),
          },
          { key: 'match', head: t.match, cell: (row) => row.match },
          { key: 'period', head: t.period, cell: (row) => row.period },
          { key: 'minimum', head: t.minimum, cell: (row) => row.minimum },
          { key: 'maximum', head: t.maximum, cell: (row) => row.maximum },
          { key: 'trigger', head: t.trigger, cell: (row) => row.trigger },
          { key: 'basis', head: t.basis, cell: (row) => row.basis },
          { key: 'owner', head: t.owner, cell: (row) => row.owner },
        ]}
      />
    </Section>
  );
}
