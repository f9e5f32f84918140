import type { FormState } from '../components/forms.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM } from '../components/forms.js';
import { Copyable, Facts, Figures, PageHead, Section, State, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { IndexState, type IndexPart } from './system-index.js';

export type SystemPart = 'database' | 'store' | 'keystore' | 'audit' | 'jobs';

interface KeyCounts {
  active: number;
  retired: number;
  destroying: number;
  destroyed: number;
}

export interface KeysPart {
  fingerprint: string;
  keks: KeyCounts;
  buckets: number;
  contentKeys: number;
  /** Content keys still wrapped under an older generation. */
  oldWraps: number;
  unfinished: boolean;
  /** What a check found, right after it. */
  check: {
    ok: boolean;
    bound: boolean;
    tried: number;
    lost: number;
    places: readonly ({ place: string; reachable: boolean; same: boolean; faults: readonly string[] } & KeyCounts)[];
  } | null;
  mayRotate: boolean;
}

export interface SystemModel {
  /** Single sign-on is configured and this viewer may see how it fares. */
  signOn: boolean;
  /** Whether this viewer sees why the log cannot go on after a restore. */
  mayCloseLog: boolean;
  parts: readonly { part: SystemPart; ok: boolean; detail: string }[];
  keys: KeysPart;
  /** `null` for who may not check the store. */
  storage: { objects: number; bytes: number; locked: number; damaged: number; orphans: number; sample: number } | null;
  /** `null` for who does not keep it running. */
  index: IndexPart | null;
  tasks: readonly { task: string; waiting: number; failed: number; lastAt: string | null }[];
  form?: FormState;
}

export const systemPage: PageOf<SystemModel> = ({ p }, model) => {
  const t = p.pages.system;
  return {
    title: t.title,
    section: 'system',
    body: (
      <div class="stack-l">
        <PageHead title={t.title} lead={t.lead}>
          {model.signOn ? <a href={paths.connection}>{p.pages.connection.link}</a> : null}
          <a href={paths.keyPlaces}>{p.pages.keyPlaces.link}</a>
          {model.mayCloseLog ? <a href={paths.logBreaks}>{p.pages.logBreaks.link}</a> : null}
        </PageHead>
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
        <Keys keys={model.keys} form={model.form ?? EMPTY_FORM} />
        {model.storage ? <Storage storage={model.storage} /> : null}
        {model.index ? <IndexState index={model.index} /> : null}
        <Tasks tasks={model.tasks} />
      </div>
    ),
  };
};

function Tasks({ tasks }: { tasks: SystemModel['tasks'] }) {
  const { p, f } = useView();
  const t = p.pages.system.tasks;
  return (
    <Section title={t.title}>
      {tasks.length === 0 ? (
        <p class="muted">{t.none}</p>
      ) : (
        <Table
          caption={t.title}
          rows={tasks}
          id={(row) => row.task}
          columns={[
            { key: 'task', head: t.columns.task, main: true, cell: (row) => <span class="code">{row.task}</span> },
            { key: 'waiting', head: t.columns.waiting, number: true, cell: (row) => f.number(row.waiting) },
            { key: 'failed', head: t.columns.failed, number: true, cell: (row) => f.number(row.failed) },
            { key: 'last', head: t.columns.last, cell: (row) => row.lastAt && <When at={row.lastAt} relative /> },
          ]}
        />
      )}
    </Section>
  );
}

function Keys({ keys, form }: { keys: KeysPart; form: FormState }) {
  const { p, say, f } = useView();
  const t = p.pages.system.keys;
  return (
    <Section title={t.title} aside={<span class="small muted">{say(t.content, { count: keys.contentKeys })}</span>}>
      <div class="stack">
        {keys.unfinished ? <Note kind="warn">{t.unfinished}</Note> : null}
        <Figures
          figures={[
            { term: t.columns.active, value: f.number(keys.keks.active) },
            { term: t.columns.retired, value: f.number(keys.keks.retired) },
            { term: t.columns.destroying, value: f.number(keys.keks.destroying) },
            { term: t.columns.destroyed, value: f.number(keys.keks.destroyed) },
            { term: t.buckets, value: f.number(keys.buckets) },
            { term: t.oldWraps, value: f.number(keys.oldWraps) },
          ]}
        />
        <Facts facts={[{ term: t.fingerprint, value: <Copyable text={keys.fingerprint} /> }]} />
        {keys.check ? <Checked check={keys.check} /> : null}
        <div class="row acts">
          <Confirm action={paths.systemAct('check')} open={t.check} title={t.check} submit={t.check}>
            {t.checkLead}
          </Confirm>
          {keys.mayRotate ? (
            <Confirm action={paths.systemAct('rotate')} open={t.rotate} title={t.rotate} expected={t.expected} submit={t.rotateSubmit} form={form}>
              {t.rotateLead}
            </Confirm>
          ) : null}
        </div>
      </div>
    </Section>
  );
}

function Checked({ check }: { check: NonNullable<KeysPart['check']> }) {
  const { p, say, f } = useView();
  const t = p.pages.system.keys;
  const state = (one: (typeof check.places)[number]) => {
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
    <div class="stack">
      <Note kind={check.ok ? 'good' : 'bad'} role={check.ok ? 'status' : 'alert'}>
        <strong>{check.ok ? say(t.checked, { count: check.tried }) : t.checkedBad}</strong>
        <div class="small">
          {check.bound ? t.bound : t.unbound} · {t.tried} {f.number(check.tried)} · {t.lost} {f.number(check.lost)}
        </div>
      </Note>
      <Table
        caption={t.title}
        rows={check.places}
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
    </div>
  );
}

function Storage({ storage }: { storage: NonNullable<SystemModel['storage']> }) {
  const { p, say, f } = useView();
  const t = p.pages.system.storage;
  return (
    <Section title={t.title}>
      <div class="stack">
        <Figures
          figures={[
            { term: t.objects, value: f.number(storage.objects) },
            { term: t.bytes, value: f.bytes(storage.bytes) },
            { term: t.locked, value: f.number(storage.locked) },
            { term: t.damaged, value: f.number(storage.damaged) },
            { term: t.orphans, value: f.number(storage.orphans) },
          ]}
        />
        <Confirm action={paths.systemAct('verify')} open={t.verify} title={t.verify} submit={t.verify}>
          {say(t.verifyLead, { count: storage.sample })}
        </Confirm>
        <p>
          <a href={paths.archiveChecks}>{p.pages.archiveChecks.link}</a>
        </p>
      </div>
    </Section>
  );
}
