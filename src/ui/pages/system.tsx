import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, type FormState } from '../components/forms.js';
import { Facts, Figures, PageHead, Section, State, When } from '../components/marks.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

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
  /** `null`: not known here. */
  tasks: readonly { task: string; waiting: number; failed: number; lastAt: string | null }[] | null;
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
        {model.tasks === null ? null : (
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
        )}
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
