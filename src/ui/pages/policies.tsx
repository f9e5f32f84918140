import type { Sensitivity } from '../../records/values.js';
import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { Copyable, Facts, PageHead, Section, SensitivityMark, State, Tabs, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

/** A version of what decides: of the access rules, the scheme or the schedule; two persons approve each. */
export interface PolicyVersionRow {
  id: string;
  /** What it is called, for example `general`. */
  set: string;
  version: string;
  digest: string;
  state: keyof AllPhrases['access']['policies']['state'];
  profile: string | null;
  proposedAt: string | null;
  since: string | null;
  /** Who approved it, as sentences. */
  by: readonly string[];
  /** Against the version in force; `null` where that was not asked. */
  changes: readonly string[] | null;
  /** Waits for the audit administrator to see it. */
  unseen: boolean;
  mayAgree: boolean;
  mayConfirm: boolean;
  mayRefuse: boolean;
  /** A page of its own with what it changes and does. */
  more?: string | undefined;
  /** May shorten terms: whether compliance must still consent. */
  consentWaits?: boolean | undefined;
}

export interface PoliciesModel {
  kind: 'access' | 'scheme' | 'schedule' | 'signals' | 'calendar' | 'disposition' | 'oversight';
  versions: readonly PolicyVersionRow[];
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
  /** The confirmation that was refused. */
  refused: { at: string; form: FormState } | null;
}

export const policiesPage: PageOf<PoliciesModel> = ({ p }, model) => {
  const t = p.pages.policies;
  return {
    title: t.title,
    section: 'policies',
    body: (
      <>
        <PageHead title={t.title} lead={model.kind === 'access' ? undefined : t.shipped} />
        <Tabs
          label={t.title}
          tabs={(['access', 'scheme', 'schedule', 'signals', 'calendar', 'disposition', 'oversight'] as const).map((kind) => ({
            text: t.tabs[kind],
            href: `${paths.policies}?kind=${kind}`,
            here: kind === model.kind,
          }))}
        />
        <div class="stack-l">
          <Versions model={model} />
          {model.scheme ? <Scheme scheme={model.scheme} /> : null}
          {model.schedule ? <ScheduleTable schedule={model.schedule} /> : null}
        </div>
      </>
    ),
  };
};

const MARKS = {
  active: ['good', 'square'],
  proposed: ['warn', 'triangle'],
  agreed: ['warn', 'ring'],
  superseded: ['plain', 'dash'],
  refused: ['plain', 'cross'],
} as const;

function Versions({ model }: { model: PoliciesModel }) {
  const { p } = useView();
  const waiting = model.versions.some(({ state }) => state === 'proposed' || state === 'agreed');
  return (
    <div class="stack">
      {waiting ? <Note kind="warn">{p.access.policies.waiting}</Note> : null}
      {model.versions.map((one) => (
        <Version
          key={one.id}
          one={one}
          to={model.kind === 'access' ? paths.policyAct : paths.ruleAct}
          form={model.refused?.at === one.id ? model.refused.form : EMPTY_FORM}
        />
      ))}
    </div>
  );
}

/** Where a version of rules stands in its life. */
export function PolicyStateMark({ state }: { state: PolicyVersionRow['state'] }) {
  const { p } = useView();
  return (
    <State tone={MARKS[state][0]} shape={MARKS[state][1]}>
      {p.access.policies.state[state]}
    </State>
  );
}

type Address = (id: string, act: string) => string;

function Version({ one, to, form }: { one: PolicyVersionRow; to: Address; form: FormState }) {
  const { p } = useView();
  const t = p.pages.policies;
  const name = `${one.set} · ${one.version}`;
  return (
    <section class="panel stack" aria-label={name}>
      <Facts
        facts={[
          { term: t.version, value: <strong>{name}</strong> },
          {
            term: t.state,
            value: <PolicyStateMark state={one.state} />,
          },
          { term: p.pages.changes.columns.see, value: one.unseen ? p.pages.changes.unseen : null },
          { term: p.access.roles.compliance_officer, value: one.consentWaits ? p.pages.schedule.consentWaits : null },
          { term: p.pages.schedule.impact, value: one.more && <a href={one.more}>{p.pages.schedule.open}</a> },
          { term: t.profile, value: one.profile },
          { term: t.proposed, value: one.proposedAt && <When at={one.proposedAt} /> },
          { term: t.since, value: one.since && <When at={one.since} /> },
          { term: p.ui.who, value: one.by.join(' · ') },
          { term: t.digest, value: <Copyable text={one.digest} /> },
        ]}
      />
      {one.changes === null ? null : (
        <div>
          <h2>{t.changes}</h2>
          {one.changes.length === 0 ? <p class="muted">{t.unchanged}</p> : null}
          <ul>
            {one.changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </div>
      )}
      {one.mayAgree || one.mayConfirm || one.mayRefuse ? <Approval one={one} to={to} form={form} /> : null}
    </section>
  );
}

function Approval({ one, to, form }: { one: PolicyVersionRow; to: Address; form: FormState }) {
  const { p } = useView();
  const t = p.pages.policies;
  return (
    <div class="row acts">
      {one.mayAgree ? (
        <Confirm action={to(one.id, 'agree')} open={t.agree} title={`${t.agree} · ${one.version}`} submit={t.agree}>
          {t.agreeLead}
        </Confirm>
      ) : null}
      {one.mayConfirm ? (
        <Confirm action={to(one.id, 'confirm')} open={t.confirm} title={`${t.confirm} · ${one.version}`} expected={one.version} submit={t.confirm} form={form}>
          {t.confirmLead}
        </Confirm>
      ) : null}
      {one.mayRefuse ? (
        <Confirm action={to(one.id, 'refuse')} open={t.refuse} title={`${t.refuse} · ${one.version}`} submit={t.refuse} danger>
          {t.refuseLead}
        </Confirm>
      ) : null}
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

/** The rules of a schedule, as 保管期限表. */
export function ScheduleTable({ schedule }: { schedule: NonNullable<PoliciesModel['schedule']> }) {
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
