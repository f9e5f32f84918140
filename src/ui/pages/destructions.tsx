import type { DestructionCertificate, DestructionSummary } from '../../disposition/index.js';
import { say } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { PageHead, State, Tabs, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export type DestructionState = 'checked' | 'executing' | 'open' | 'closed';
const MARKS = { checked: ['warn', 'diamond'], executing: ['bad', 'half'], open: ['warn', 'ring'], closed: ['plain', 'dash'] } as const;

export function DestructionMark({ state }: { state: DestructionState }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.destructions.states[state]}
    </State>
  );
}

export function DestructionTabs({ here }: { here: 'running' | 'certificates' }) {
  const { p } = useView();
  const t = p.pages.destructions;
  return (
    <Tabs
      label={t.title}
      tabs={[
        { text: t.tabs.running, href: paths.destructions, here: here === 'running' },
        { text: t.tabs.certificates, href: paths.destructionCertificates, here: here === 'certificates' },
      ]}
    />
  );
}

/** Why records went: their term was over, or their person asked for it before (PIPL 47). The latter is marked, with the number of the request. */
function Reason({ erasure }: { erasure: string | null }) {
  const { p } = useView();
  const t = p.pages.disposition.registers.kinds;
  if (erasure === null) return <>{t.term}</>;
  return (
    <>
      <State tone="warn" shape="diamond">
        {t.erasure}
      </State>{' '}
      <span class="code">{erasure}</span>
    </>
  );
}

export function CopiesText({ copies }: { copies: DestructionSummary['copies'] }) {
  const { p, f } = useView();
  const t = p.pages.destructions;
  if (copies.all === 0) return null;
  const numbers = { gone: copies.gone, all: copies.all, locked: copies.locked, until: copies.until === null ? '' : f.date(new Date(copies.until)) };
  return <>{say(copies.locked > 0 ? t.copiesLocked : t.copies, numbers)}</>;
}

export interface DestructionRow extends Omit<DestructionSummary, 'state'> {
  state: DestructionState;
}

export interface DestructionsModel {
  rows: readonly DestructionRow[];
  steps: number;
  paging: Paging;
}

/** Destructions that wait, are under way or were carried out, newest first. */
export const destructionsPage: PageOf<DestructionsModel> = ({ p, f }, model) => {
  const t = p.pages.destructions;
  return {
    title: t.title,
    section: 'destructions',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <DestructionTabs here="running" />
        <div class="stack">
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <Table
                caption={t.title}
                rows={model.rows}
                id={(row) => row.id}
                columns={[
                  {
                    key: 'number',
                    head: t.columns.number,
                    main: true,
                    cell: (row) => (
                      <a class="code" href={paths.destruction(row.id)}>
                        {row.number}
                      </a>
                    ),
                  },
                  { key: 'state', head: t.columns.state, cell: (row) => <DestructionMark state={row.state} /> },
                  { key: 'reason', head: t.columns.reason, cell: (row) => <Reason erasure={row.erasure} /> },
                  { key: 'items', head: t.columns.items, number: true, cell: (row) => f.number(row.items) },
                  {
                    key: 'steps',
                    head: t.columns.steps,
                    cell: (row) =>
                      row.stuck === null
                        ? row.startedAt === null
                          ? null
                          : say(t.progress, { done: row.done, all: model.steps })
                        : say(t.stuck, { step: p.execution.certificate.stepNames[row.stuck.step], why: whyText(p, row.stuck.why) }),
                  },
                  { key: 'copies', head: t.columns.copies, cell: (row) => <CopiesText copies={row.copies} /> },
                  { key: 'started', head: t.columns.started, cell: (row) => (row.startedAt === null ? null : <When at={row.startedAt} />) },
                ]}
              />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

/** Why a step is not done, in words; an unknown code stands for itself. */
export function whyText(p: ReturnType<typeof useView>['p'], why: string): string {
  const texts: Readonly<Record<string, string>> = p.execution.why;
  return texts[why] ?? why;
}

export interface DestructionCertificatesModel {
  rows: readonly DestructionCertificate[];
  paging: Paging;
}

export function CertificatesTable({ rows, caption }: { rows: readonly DestructionCertificate[]; caption: string }) {
  const { p, f } = useView();
  const t = p.pages.destructions.certificates;
  return (
    <Table
      caption={caption}
      rows={rows}
      id={(row) => row.id}
      columns={[
        {
          key: 'number',
          head: t.columns.number,
          main: true,
          cell: (row) => (
            <a class="code" href={paths.destructionCertificate(row.id)} aria-label={say(t.download, { number: row.number })} download="">
              {row.number}
            </a>
          ),
        },
        { key: 'kind', head: t.columns.kind, cell: (row) => t.kinds[row.kind] },
        { key: 'reason', head: t.columns.reason, cell: (row) => <Reason erasure={row.erasure} /> },
        { key: 'register', head: t.columns.register, cell: (row) => <a href={paths.destruction(row.register)}>{row.registerNumber}</a> },
        { key: 'items', head: t.columns.items, number: true, cell: (row) => f.number(row.items) },
        { key: 'locked', head: t.columns.locked, number: true, cell: (row) => f.number(row.locked) },
        { key: 'made', head: t.columns.made, cell: (row) => <When at={row.madeAt} /> },
        {
          key: 'receipts',
          head: p.evidence.receipts.of,
          cell: (row) => (
            <a href={paths.receipts('destructions', row.register)} aria-label={`${p.evidence.receipts.take} ${row.number}`} download="">
              {p.ui.download}
            </a>
          ),
        },
        { key: 'digest', head: t.columns.digest, cell: (row) => <span class="code">{row.documentDigest.slice(0, 23)}…</span> },
      ]}
    />
  );
}

/** Certificates of destruction, newest first. */
export const destructionCertificatesPage: PageOf<DestructionCertificatesModel> = ({ p }, model) => {
  const t = p.pages.destructions.certificates;
  return {
    title: t.title,
    section: 'destructions',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <DestructionTabs here="certificates" />
        <div class="stack">
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <CertificatesTable rows={model.rows} caption={t.title} />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};
