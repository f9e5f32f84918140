import type { CheckFault, PartName } from '../../checks/index.js';
import { useView } from '../components/context.js';
import { Choices, Confirm, EMPTY_FORM, TextField, type FormState } from '../components/forms.js';
import { Crumbs, Facts, Figures, PageHead, ProgressBar, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export interface CheckPart {
  part: PartName;
  done: number;
  total: number;
  frame: number;
  bad: number;
  young?: number | undefined;
  /** Of a sample: the greatest share that it leaves possible, at 95 %. */
  atMost?: string | undefined;
}

export interface CheckModel {
  id: string;
  startedAt: string;
  finishedAt: string | null;
  heardAt: string;
  by: string;
  mode: 'whole' | 'sample';
  seed: string | null;
  size: number | null;
  result: 'whole' | 'faulty' | 'given_up' | null;
  still: boolean;
  trouble: string | null;
  bytes: number;
  faultCount: number;
  parts: readonly CheckPart[];
}

export interface ReconciliationModel {
  at: string;
  result: 'clean' | 'unlogged' | 'incomplete' | 'empty';
  reads: number;
  unlogged: number;
  unseen: number;
  from: string;
  until: string;
}

export interface ArchiveChecksModel {
  checks: readonly CheckModel[];
  /** Reconciliations with the store's own log, the newest first. */
  reads: readonly ReconciliationModel[];
  kind: 'folder' | 's3';
  paging: Paging;
  form?: FormState;
}

export const archiveChecksPage: PageOf<ArchiveChecksModel> = ({ p }, model) => {
  const t = p.pages.archiveChecks;
  const open = model.checks.find((one) => one.result === null);
  return {
    title: t.title,
    section: 'system',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: p.pages.system.title, href: paths.system }, { text: t.title }]} />
          <PageHead title={t.title} lead={t.lead} />
        </div>
        <Section title={t.now}>{open ? <Running check={open} /> : <Start form={model.form ?? EMPTY_FORM} />}</Section>
        <Past checks={model.checks.filter((one) => one.result !== null)} paging={model.paging} />
        <Reads reads={model.reads} />
        <Section title={t.command}>
          <p class="small muted">{t.commandLead}</p>
          <pre class="sheet code pre small">
            lantai verify archive{'\n'}lantai verify archive --sample 1000 --json{'\n'}
            {model.kind === 'folder' ? 'lantai verify reads' : 'lantai verify reads --log FILE'}
          </pre>
        </Section>
      </div>
    ),
  };
};

function Running({ check }: { check: CheckModel }) {
  const { p, say, f } = useView();
  const [t, texts] = [p.pages.archiveChecks, p.checks];
  const part = check.parts.at(-1);
  const [done, total] = [part?.done ?? 0, part?.total ?? 0];
  return (
    <div class="stack">
      {check.still ? (
        <Note kind="warn">
          {say(t.still, { time: f.dateTime(check.heardAt) })}
          {check.trouble === null ? null : <> {textOf(Object.fromEntries(Object.entries(p.errors).map(([code, one]) => [code, one.title])), check.trouble)}</>}
        </Note>
      ) : null}
      <ProgressBar done={Math.min(done, total)} total={total} label={t.running} source={paths.archiveCheckProgress} />
      <p class="small muted" data-figure="check">
        {say(texts.progress, { part: texts.parts[part?.part ?? 'keys'], done, total })}
      </p>
      <Parts parts={check.parts} mode={check.mode} />
      {check.still ? (
        <Confirm action={paths.archiveCheckAct('give-up')} open={t.giveUp} title={t.giveUp} submit={t.giveUp} danger>
          {t.giveUpLead}
        </Confirm>
      ) : null}
    </div>
  );
}

function Start({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.archiveChecks;
  const filled = form.values['mode'] === undefined ? { ...form, values: { ...form.values, mode: 'whole', size: '1000' } } : form;
  return (
    <form method="post" action={paths.archiveCheckAct('start')} class="stack">
      <Choices
        form={filled}
        name="mode"
        label={t.mode}
        options={[
          { value: 'whole', text: t.modes.whole },
          { value: 'sample', text: t.modes.sample },
        ]}
      />
      <div class="fields">
        <TextField form={filled} name="size" label={t.size} hint={t.sizeHint} type="number" />
        <TextField form={filled} name="seed" label={t.seed} hint={t.seedHint} maxLength={64} mono />
      </div>
      <div>
        <button class="button primary" type="submit">
          {t.start}
        </button>
      </div>
    </form>
  );
}

const MARKS = { whole: ['good', 'square'], faulty: ['bad', 'cross'], given_up: ['warn', 'half'] } as const;

function Result({ check }: { check: CheckModel }) {
  const { p, say } = useView();
  const t = p.pages.archiveChecks;
  if (check.result === null)
    return (
      <State tone="act" shape="half">
        {t.running}
      </State>
    );
  const [tone, shape] = MARKS[check.result];
  return (
    <State tone={tone} shape={shape}>
      {say(t.results[check.result], { count: check.faultCount })}
    </State>
  );
}

function Past({ checks, paging }: { checks: readonly CheckModel[]; paging: Paging }) {
  const { p, f } = useView();
  const t = p.pages.archiveChecks;
  const objects = (one: CheckModel): number => one.parts.find(({ part }) => part === 'objects')?.done ?? 0;
  return (
    <Section title={t.past}>
      {checks.length === 0 ? (
        <Empty title={t.none.title}>{t.none.text}</Empty>
      ) : (
        <>
          <Table
            caption={t.past}
            rows={checks}
            id={(one) => one.id}
            columns={[
              {
                key: 'time',
                head: t.columns.time,
                main: true,
                cell: (one) => (
                  <a href={paths.archiveCheck(one.id)}>
                    <When at={one.startedAt} />
                  </a>
                ),
              },
              { key: 'mode', head: t.columns.mode, cell: (one) => t.modes[one.mode] },
              { key: 'by', head: t.columns.by, cell: (one) => one.by },
              { key: 'objects', head: t.columns.objects, number: true, cell: (one) => f.number(objects(one)) },
              { key: 'result', head: t.columns.result, cell: (one) => <Result check={one} /> },
            ]}
          />
          <Pager paging={paging} />
        </>
      )}
    </Section>
  );
}

const READS = { clean: ['good', 'square'], unlogged: ['bad', 'cross'], incomplete: ['warn', 'triangle'], empty: ['plain', 'ring'] } as const;

/** What the store's own log says of readings. */
function Reads({ reads }: { reads: readonly ReconciliationModel[] }) {
  const { p, f } = useView();
  const t = p.pages.archiveChecks.reads;
  return (
    <Section title={t.title}>
      <div class="stack">
        <p class="small muted">{t.lead}</p>
        {reads.length === 0 ? (
          <Empty title={t.none} />
        ) : (
          <Table
            caption={t.title}
            rows={reads}
            id={(one) => one.at}
            columns={[
              { key: 'at', head: t.columns.at, main: true, cell: (one) => <When at={one.at} /> },
              {
                key: 'result',
                head: t.columns.result,
                cell: (one) => (
                  <State tone={READS[one.result][0]} shape={READS[one.result][1]}>
                    {t.results[one.result]}
                  </State>
                ),
              },
              { key: 'reads', head: t.columns.reads, number: true, cell: (one) => f.number(one.reads) },
              { key: 'unlogged', head: t.columns.unlogged, number: true, cell: (one) => f.number(one.unlogged) },
              { key: 'unseen', head: t.columns.unseen, number: true, cell: (one) => f.number(one.unseen) },
            ]}
          />
        )}
      </div>
    </Section>
  );
}

function Parts({ parts, mode }: { parts: readonly CheckPart[]; mode: 'whole' | 'sample' }) {
  const { p, say, f } = useView();
  const t = p.pages.archiveChecks;
  const remark = (one: CheckPart): string =>
    [one.atMost === undefined ? '' : say(t.bound, { share: one.atMost }), one.young ? say(t.young, { count: one.young }) : ''].filter(Boolean).join(' · ');
  return (
    <Table
      caption={t.looked}
      rows={parts}
      id={(one) => one.part}
      columns={[
        { key: 'part', head: t.columns.part, main: true, cell: (one) => p.checks.parts[one.part] },
        { key: 'done', head: t.columns.done, number: true, cell: (one) => f.number(one.done) },
        ...(mode === 'sample' ? [{ key: 'frame', head: t.columns.frame, number: true, cell: (one: CheckPart) => f.number(one.frame) }] : []),
        { key: 'bad', head: t.columns.bad, number: true, cell: (one) => f.number(one.bad) },
        { key: 'remark', head: t.columns.remark, cell: remark },
      ]}
    />
  );
}

export interface CheckFaultModel {
  number: number;
  part: PartName;
  kind: CheckFault;
  subject: string;
  record: string | null;
}

export interface ArchiveCheckModel {
  check: CheckModel;
  faults: readonly CheckFaultModel[];
  paging: Paging;
}

export const archiveCheckPage: PageOf<ArchiveCheckModel> = ({ p, f }, { check, faults, paging }) => {
  const t = p.pages.archiveChecks;
  return {
    title: t.one,
    section: 'system',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs
            crumbs={[{ text: p.pages.system.title, href: paths.system }, { text: t.title, href: paths.archiveChecks }, { text: f.dateTime(check.startedAt) }]}
          />
          <PageHead title={t.one} />
        </div>
        <Section title={t.columns.result}>
          <div class="stack">
            <Result check={check} />
            <Figures
              figures={[
                { term: t.bytes, value: f.bytes(check.bytes) },
                { term: t.found, value: f.number(check.faultCount) },
              ]}
            />
            <Facts
              facts={[
                { term: t.columns.time, value: <When at={check.startedAt} /> },
                { term: t.ended, value: check.finishedAt === null ? t.running : <When at={check.finishedAt} /> },
                { term: t.columns.by, value: check.by },
                { term: t.columns.mode, value: t.modes[check.mode] },
                ...(check.seed === null ? [] : [{ term: t.seed, value: <span class="code">{check.seed}</span> }]),
              ]}
            />
          </div>
        </Section>
        <Section title={t.looked}>
          <div class="stack">
            <Parts parts={check.parts} mode={check.mode} />
            <p class="small muted">{p.checks.notLog}</p>
          </div>
        </Section>
        <Section title={t.found}>
          {faults.length === 0 ? (
            <Empty title={check.faultCount === 0 ? t.nothing : t.noMore} />
          ) : (
            <>
              <Table
                caption={t.found}
                rows={faults}
                id={(one) => String(one.number)}
                columns={[
                  { key: 'number', head: t.columns.number, number: true, cell: (one) => f.number(one.number) },
                  { key: 'what', head: t.columns.what, main: true, cell: (one) => p.checks.faults[one.kind] },
                  { key: 'part', head: t.columns.part, cell: (one) => p.checks.parts[one.part] },
                  { key: 'subject', head: t.columns.subject, cell: (one) => <span class="code small">{one.subject}</span> },
                ]}
              />
              <Pager paging={paging} />
            </>
          )}
        </Section>
      </div>
    ),
  };
};
