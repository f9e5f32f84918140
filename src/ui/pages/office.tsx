import { SUBJECT_CLASSES, type Cell, type MatrixRole } from '../../access/index.js';
import { RECORD_STATES, SENSITIVITIES, type Sensitivity } from '../../records/values.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { Copyable, Facts, Figures, PageHead, RecordStateMark, Section, SensitivityMark, State, Tabs, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export interface MatrixModel {
  version: string;
  roles: readonly MatrixRole[];
  /** The role whose table is open; the first where none was chosen. */
  chosen: string;
}

const CELLS: Record<Cell, string> = { all: '●', some: '◐', none: '—' };

export const matrixPage: PageOf<MatrixModel> = ({ p, say }, model) => {
  const t = p.access.matrix;
  const role = model.roles.find((one) => one.role === model.chosen) ?? model.roles[0];
  return {
    title: t.title,
    section: 'access',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          <span class="small muted">{say(t.version, { version: model.version })}</span>
        </PageHead>
        <Tabs
          label={p.ui.rolesLabel}
          tabs={model.roles.map((one) => ({ text: textOf(p.access.roles, one.role), href: `${paths.access}?role=${one.role}`, here: one.role === role?.role }))}
        />
        {role ? <MatrixOf role={role} /> : null}
      </>
    ),
  };
};

function MatrixOf({ role }: { role: MatrixRole }) {
  const { p } = useView();
  const t = p.access.matrix;
  const stages = [...new Set(SUBJECT_CLASSES.map(({ stage }) => stage))];
  return (
    <div class="stack-l">
      <Section
        title={t.onRecords}
        aside={
          <span class="small muted" aria-hidden="true">
            {p.pages.matrix.legend}
          </span>
        }
      >
        {role.onRecords.length === 0 ? (
          <p class="muted">{t.noRecords}</p>
        ) : (
          <div class="scroll" tabindex={0} role="region" aria-label={t.onRecords}>
            <table class="table keep matrix">
              <thead>
                <tr>
                  <td rowSpan={3} />
                  {stages.map((stage) => (
                    <th key={stage} scope="colgroup" colSpan={SENSITIVITIES.length * 2}>
                      {t.stage[stage]}
                    </th>
                  ))}
                </tr>
                <tr>
                  {SUBJECT_CLASSES.filter(({ own }) => own).map(({ stage, sensitivity }) => (
                    <th key={stage + sensitivity} scope="colgroup" colSpan={2}>
                      {textOf(p.values.sensitivity, sensitivity)}
                    </th>
                  ))}
                </tr>
                <tr>
                  {SUBJECT_CLASSES.map(({ stage, sensitivity, own }) => (
                    <th key={`${stage}${sensitivity}${own}`} scope="col">
                      {own ? t.own : t.other}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {role.onRecords.map((row) => (
                  <tr key={row.act}>
                    <th scope="row">{textOf(p.access.acts, row.act)}</th>
                    {row.cells.map((cell, index) => (
                      <td key={index}>
                        <span aria-hidden="true">{CELLS[cell]}</span>
                        <span class="hidden">{t.cell[cell]}</span>
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Section>
      <Section title={t.onArchive}>
        {role.onArchive.length === 0 ? (
          <p class="muted">{p.pages.matrix.none}</p>
        ) : (
          <div class="chips">
            {role.onArchive.map((act) => (
              <span key={act} class="chip">
                <b>{textOf(p.access.acts, act)}</b>
              </span>
            ))}
          </div>
        )}
      </Section>
    </div>
  );
}

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

export type SystemPart = 'database' | 'store' | 'keystore' | 'audit' | 'jobs';

export interface SystemModel {
  parts: readonly { part: SystemPart; ok: boolean; detail: string }[];
  keys: {
    places: readonly {
      place: string;
      reachable: boolean;
      same: boolean;
      active: number;
      retired: number;
      destroying: number;
      destroyed: number;
      faults: readonly string[];
    }[];
    contentKeys: number;
    mayRotate: boolean;
  } | null;
  storage: { objects: number; bytes: number; locked: number; orphans: number; freeBytes: number | null; lastCheckAt: string | null } | null;
  tasks: readonly { task: string; waiting: number; failed: number; lastAt: string | null }[];
  form?: FormState;
}

export const systemPage: PageOf<SystemModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.system;
  return {
    title: t.title,
    section: 'system',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead} />
        <Section title={t.health}>
          <Facts
            facts={model.parts.map(({ part, ok, detail }) => ({
              term: t.parts[part],
              value: (
                <span class="row">
                  <State tone={ok ? 'good' : 'bad'} shape={ok ? 'square' : 'triangle'}>
                    {ok ? t.ok : t.bad}
                  </State>
                  <span class="small muted">{detail}</span>
                </span>
              ),
            }))}
          />
        </Section>
        {model.keys ? <Keys keys={model.keys} form={model.form ?? EMPTY_FORM} /> : null}
        {model.storage ? <Storage storage={model.storage} /> : null}
        <Section title={t.tasks.title}>
          {model.tasks.length === 0 ? (
            <p class="muted">{t.tasks.none}</p>
          ) : (
            <Table
              caption={t.tasks.title}
              rows={model.tasks}
              id={(row) => row.task}
              columns={[
                { key: 'task', head: t.tasks.columns.task, main: true, cell: (row) => <span class="code">{row.task}</span> },
                { key: 'waiting', head: t.tasks.columns.waiting, number: true, cell: (row) => view.f.number(row.waiting) },
                { key: 'failed', head: t.tasks.columns.failed, number: true, cell: (row) => view.f.number(row.failed) },
                { key: 'last', head: t.tasks.columns.last, cell: (row) => row.lastAt && <When at={row.lastAt} relative /> },
              ]}
            />
          )}
        </Section>
      </div>
    ),
  };
};

function Keys({ keys, form }: { keys: NonNullable<SystemModel['keys']>; form: FormState }) {
  const { p, say, f } = useView();
  const t = p.pages.system.keys;
  const state = (one: (typeof keys.places)[number]) => {
    if (!one.reachable)
      return (
        <State tone="bad" shape="cross">
          {t.unreachable}
        </State>
      );
    return one.same ? (
      <State tone="good" shape="square">
        {t.reachable}
      </State>
    ) : (
      <State tone="bad" shape="triangle">
        {t.differs}
      </State>
    );
  };
  return (
    <Section title={t.title} aside={<span class="small muted">{say(t.content, { count: keys.contentKeys })}</span>}>
      <div class="stack">
        <Table
          caption={t.title}
          rows={keys.places}
          id={(row) => row.place}
          columns={[
            { key: 'place', head: t.columns.place, main: true, cell: (row) => (row.place === 'primary' ? t.primary : row.place) },
            { key: 'state', head: t.columns.state, cell: state },
            { key: 'active', head: t.columns.active, number: true, cell: (row) => f.number(row.active) },
            { key: 'retired', head: t.columns.retired, number: true, cell: (row) => f.number(row.retired) },
            { key: 'destroying', head: t.columns.destroying, number: true, cell: (row) => f.number(row.destroying) },
            { key: 'destroyed', head: t.columns.destroyed, number: true, cell: (row) => f.number(row.destroyed) },
            { key: 'faults', head: t.columns.faults, cell: (row) => row.faults.join(' · ') },
          ]}
        />
        {keys.mayRotate ? (
          <Confirm action={`${paths.system}/rotate`} open={t.rotate} title={t.rotate} expected={t.expected} submit={t.rotateSubmit} form={form}>
            {t.rotateLead}
          </Confirm>
        ) : null}
      </div>
    </Section>
  );
}

function Storage({ storage }: { storage: NonNullable<SystemModel['storage']> }) {
  const { p, f } = useView();
  const t = p.pages.system.storage;
  return (
    <Section
      title={t.title}
      aside={
        storage.lastCheckAt ? (
          <span class="small muted">
            {t.lastCheck} <When at={storage.lastCheckAt} relative />
          </span>
        ) : null
      }
    >
      <Figures
        figures={[
          { term: t.objects, value: f.number(storage.objects) },
          { term: t.bytes, value: f.bytes(storage.bytes) },
          { term: t.locked, value: f.number(storage.locked) },
          { term: t.orphans, value: f.number(storage.orphans) },
          ...(storage.freeBytes === null ? [] : [{ term: t.free, value: f.bytes(storage.freeBytes) }]),
        ]}
      />
    </Section>
  );
}

export const helpPage: PageOf<{ signedIn: boolean }> = ({ p }, { signedIn }) => {
  const t = p.pages.help;
  const keys = [
    ['/', t.keys.find],
    ['j k', t.keys.move],
    ['x', t.keys.pick],
    ['Enter', t.keys.open],
    ['R', t.keys.read],
    ['1–9', t.keys.choose],
    ['Esc', t.keys.close],
  ] as const;
  return {
    title: t.title,
    shape: signedIn ? 'narrow' : 'gate',
    body: (
      <div class={signedIn ? 'stack-l prose' : 'gate-card wide stack-l prose'}>
        <h1>{t.title}</h1>
        {[t.about, t.find, t.read, t.takeIn, t.formats].map((part) => (
          <section key={part.title}>
            <h2>{part.title}</h2>
            <p>{part.text}</p>
          </section>
        ))}
        <section class="stack">
          <h2>{t.keys.title}</h2>
          <dl class="facts">
            {keys.map(([key, text]) => [
              <dt>
                <kbd>{key}</kbd>
              </dt>,
              <dd>{text}</dd>,
            ])}
          </dl>
        </section>
        <section class="stack">
          <h2>{t.states.title}</h2>
          <p class="row">
            {RECORD_STATES.map((state) => (
              <RecordStateMark key={state} state={state} />
            ))}
          </p>
          <p class="row">
            {SENSITIVITIES.map((level) => (
              <SensitivityMark key={level} level={level} />
            ))}
          </p>
        </section>
      </div>
    ),
  };
};
