import { QrCode } from '../components/qr.js';
import { useView } from '../components/context.js';
import { Confirm } from '../components/forms.js';
import { Crumbs, Facts, Figures, PageHead, ProgressBar, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface LogRow {
  log: string;
  size: string;
  published: string;
  publishedAt: string | null;
  stamped: string;
  stampedAt: string | null;
}

export interface LogRunRow {
  id: string;
  at: string;
  who: string;
  entries: string;
  total: string;
  /** `null` while it runs. */
  result: 'whole' | 'faulty' | 'cut_off' | 'failed' | null;
  faultCount: number;
  faults: readonly { what: string; log: string; sequence: string | null }[];
}

export interface AuditStateModel {
  size: string;
  waiting: number;
  well: boolean;
  logs: readonly LogRow[];
  stamping: boolean;
  /** The newest signed head; `null` before anything was logged. */
  checkpoint: string | null;
  keys: string;
  runs: readonly LogRunRow[];
  mayVerify: boolean;
  mayCloseLog: boolean;
}

export const auditStatePage: PageOf<AuditStateModel> = ({ p, f }, model) => {
  const t = p.pages.auditState;
  const running = model.runs.find((run) => run.result === null);
  return {
    title: t.title,
    section: 'audit',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: p.pages.audit.title, href: paths.audit }, { text: t.title }]} />
          <PageHead title={t.title} lead={t.lead} />
        </div>
        <Section title={t.now}>
          <div class="stack">
            <Figures
              figures={[
                { term: t.size, value: f.number(Number(model.size)) },
                { term: t.waiting, value: f.number(model.waiting) },
              ]}
            />
            <Facts
              facts={[
                {
                  term: t.integrator,
                  value: (
                    <State tone={model.well ? 'good' : 'bad'} shape={model.well ? 'square' : 'triangle'}>
                      {model.well ? t.well : t.trouble}
                    </State>
                  ),
                },
              ]}
            />
            {model.mayCloseLog ? (
              <p>
                <a href={paths.logBreaks}>{p.pages.logBreaks.link}</a>
              </p>
            ) : null}
          </div>
        </Section>
        <Section title={t.verify} id="verify">
          <div class="stack">
            <p class="small muted">{t.verifyLead}</p>
            {running ? <Running run={running} /> : null}
            {!running && model.mayVerify ? (
              <Confirm action={paths.auditVerify} open={t.start} title={t.verify} submit={t.start}>
                {t.verifyLead}
              </Confirm>
            ) : null}
            <Runs runs={model.runs} />
          </div>
        </Section>
        <Section title={t.published}>
          <div class="stack">
            <Logs logs={model.logs} />
            {model.stamping ? null : <Note kind="info">{t.noAuthority}</Note>}
          </div>
        </Section>
        {model.checkpoint === null ? null : <Checkpoint note={model.checkpoint} />}
        <Section title={t.keys}>
          <div class="stack">
            <p class="small muted">{t.keysLead}</p>
            <pre class="sheet code pre small">{model.keys.trimEnd()}</pre>
          </div>
        </Section>
        <Section title={t.outside}>
          <p class="small muted">{t.outsideLead}</p>
          <pre class="sheet code pre small">
            lantai audit export FOLDER{'\n'}lantai verify audit --from FOLDER --key KEY --checkpoint FILE{'\n'}python3 scripts/verify/verify_log.py FOLDER --key
            KEY --checkpoint FILE
          </pre>
        </Section>
      </div>
    ),
  };
};

function Checkpoint({ note }: { note: string }) {
  const { p } = useView();
  const t = p.pages.auditState;
  return (
    <Section title={t.checkpoint}>
      <div class="stack">
        <p class="small muted">{t.checkpointLead}</p>
        <pre class="sheet code pre small">{note.trimEnd()}</pre>
        <QrCode text={note} label={t.checkpoint} />
        <div>
          <a class="button" href={paths.auditCheckpoint} download>
            {t.checkpointFile}
          </a>
        </div>
      </div>
    </Section>
  );
}

function Running({ run }: { run: LogRunRow }) {
  const { p, say } = useView();
  const t = p.pages.auditState;
  return (
    <div>
      <ProgressBar done={Number(run.entries)} total={Number(run.total)} label={t.running} source={paths.auditVerifyProgress} />
      <p class="small muted" data-figure="verify">
        {say(t.progress, { entries: Number(run.entries), total: Number(run.total) })}
      </p>
    </div>
  );
}

function Logs({ logs }: { logs: readonly LogRow[] }) {
  const { p, say, f } = useView();
  const t = p.pages.auditState;
  const upTo = (size: string, at: string | null): string => (at === null ? t.nothing : say(t.upTo, { size: Number(size), time: f.dateTime(at) }));
  return (
    <Table
      caption={t.published}
      rows={logs}
      id={(row) => row.log}
      columns={[
        { key: 'log', head: t.columns.log, main: true, cell: (row) => <span class="code">{row.log}</span> },
        { key: 'size', head: t.columns.size, number: true, cell: (row) => f.number(Number(row.size)) },
        { key: 'published', head: t.columns.published, cell: (row) => upTo(row.published, row.publishedAt) },
        { key: 'stamped', head: t.columns.stamped, cell: (row) => upTo(row.stamped, row.stampedAt) },
      ]}
    />
  );
}

const MARKS = { whole: ['good', 'square'], faulty: ['bad', 'cross'], cut_off: ['warn', 'half'], failed: ['warn', 'triangle'] } as const;

function Runs({ runs }: { runs: readonly LogRunRow[] }) {
  const { p, say, f } = useView();
  const t = p.pages.auditState;
  const done = runs.filter((run) => run.result !== null);
  if (done.length === 0) return <Empty title={t.none.title}>{t.none.text}</Empty>;
  return (
    <Table
      caption={t.runs}
      rows={done}
      id={(run) => run.id}
      columns={[
        { key: 'time', head: t.runColumns.time, main: true, cell: (run) => <When at={run.at} /> },
        { key: 'who', head: t.runColumns.who, cell: (run) => run.who },
        { key: 'entries', head: t.runColumns.entries, number: true, cell: (run) => f.number(Number(run.entries)) },
        {
          key: 'result',
          head: t.runColumns.result,
          cell: (run) => {
            const result = run.result ?? 'failed';
            const [tone, shape] = MARKS[result];
            return (
              <>
                <State tone={tone} shape={shape}>
                  {say(t.results[result], { count: run.faultCount })}
                </State>
                {run.faults.length > 0 ? (
                  <ul class="small">
                    {run.faults.slice(0, 10).map((fault, i) => (
                      <li key={i}>
                        {fault.sequence === null ? (
                          say(t.faultIn, { log: fault.log })
                        ) : (
                          <a href={paths.auditEntry(fault.log, fault.sequence)}>{say(t.faultAt, { log: fault.log, sequence: Number(fault.sequence) })}</a>
                        )}{' '}
                        · {fault.what}
                      </li>
                    ))}
                  </ul>
                ) : null}
              </>
            );
          },
        },
      ]}
    />
  );
}
