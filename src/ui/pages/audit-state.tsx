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

export interface FoundRow {
  what: string;
  /** `null` of reads past the archive, which stand in no log. */
  log: string | null;
  /** The object that was read past the archive, where one is named. */
  object: string | null;
  from: string | null;
  to: string | null;
  firstFound: string;
  lastFound: string;
  open: boolean;
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
  /** What verifications found, what is still there first. */
  found: readonly FoundRow[];
  /** Entries that are not published yet. */
  lag: string;
  mayVerify: boolean;
  mayCloseLog: boolean;
  /** The newest verification that came to its end; `late`: it is older than two days. */
  verified: { at: string; late: boolean } | null;
  /** When reads of the store were last compared with the log; `unlogged` is `null` for who may not see such reads. */
  compared: { at: string; late: boolean; unlogged: number | null } | null;
  /** Whether both are done each night. */
  nightly: boolean;
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
                { term: t.lag, value: f.number(Number(model.lag)) },
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
                { term: t.verified, value: model.verified ? <When at={model.verified.at} /> : t.never },
                { term: t.compared, value: model.compared ? <When at={model.compared.at} /> : t.never },
              ]}
            />
            <Late model={model} />
            {model.mayCloseLog ? (
              <p>
                <a href={paths.logBreaks}>{p.pages.logBreaks.link}</a>
              </p>
            ) : null}
          </div>
        </Section>
        <Found rows={model.found} />
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

/** What was not looked at for too long, and reads that went past the archive. */
function Late({ model: { verified, compared, nightly } }: { model: AuditStateModel }) {
  const { p, say } = useView();
  const t = p.pages.auditState;
  return (
    <>
      {compared?.unlogged ? (
        <Note kind="bad" role="alert">
          {say(t.unlogged, { count: compared.unlogged })} <a href={paths.archiveChecks}>{t.unloggedLink}</a>
        </Note>
      ) : null}
      {verified === null || verified.late ? <Note kind="warn">{verified === null ? t.neverVerified : t.verifiedLate}</Note> : null}
      {compared?.late ? <Note kind="warn">{t.comparedLate}</Note> : null}
      {nightly ? null : <Note kind="info">{t.nightlyOff}</Note>}
    </>
  );
}

/** Most ranges that are shown; the command tells of the others. */
const SHOWN = 100;

/** What verifications found: what still stands so first, and what a later one found no more. */
function Found({ rows }: { rows: readonly FoundRow[] }) {
  const { p, say } = useView();
  const t = p.pages.auditState;
  const open = rows.filter((row) => row.open).length;
  return (
    <Section title={t.found.title} id="found">
      <div class="stack">
        {open > 0 ? (
          <Note kind="bad" role="alert">
            {say(t.found.open, { count: open })}
          </Note>
        ) : null}
        {rows.length === 0 ? (
          <p class="muted">{t.found.none}</p>
        ) : (
          <Table
            caption={t.found.title}
            rows={rows.slice(0, SHOWN)}
            id={(row) => `${row.what}-${row.log ?? ''}-${row.object ?? ''}-${row.from ?? ''}-${row.firstFound}`}
            columns={[
              { key: 'what', head: t.found.columns.what, main: true, cell: (row) => row.what },
              {
                key: 'state',
                head: t.found.columns.state,
                cell: (row) => (
                  <State tone={row.open ? 'bad' : 'plain'} shape={row.open ? 'cross' : 'disc'}>
                    {row.open ? t.found.isOpen : t.found.isGone}
                  </State>
                ),
              },
              { key: 'where', head: t.found.columns.where, cell: (row) => <Where row={row} /> },
              { key: 'first', head: t.found.columns.first, cell: (row) => <When at={row.firstFound} /> },
              { key: 'last', head: t.found.columns.last, cell: (row) => <When at={row.lastFound} /> },
            ]}
          />
        )}
        {rows.length > SHOWN ? <p class="small muted">{say(t.found.more, { count: rows.length - SHOWN })}</p> : null}
      </div>
    </Section>
  );
}

function Where({ row }: { row: FoundRow }) {
  const { p, say } = useView();
  const t = p.pages.auditState;
  if (row.log === null)
    return (
      <a href={paths.archiveChecks} class={row.object === null ? undefined : 'code'}>
        {row.object ?? t.found.others}
      </a>
    );
  if (row.from === null || row.to === null) return <>{say(t.faultIn, { log: row.log })}</>;
  const text =
    row.from === row.to
      ? say(t.faultAt, { log: row.log, sequence: Number(row.from) })
      : say(t.found.range, { log: row.log, from: Number(row.from), to: Number(row.to) });
  return <a href={paths.auditEntry(row.log, row.from)}>{text}</a>;
}

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
