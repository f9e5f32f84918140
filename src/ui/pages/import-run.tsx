import type { FieldError } from '../../errors/index.js';
import { useView } from '../components/context.js';
import { errorText, fieldLabel } from '../components/forms.js';
import { Crumbs, Figures, PageHead, ProgressBar, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { Preview, type ImportPreview } from './import-preview.js';
import { ImportStateMark, Steps, type ImportRow, type ImportState, type Step } from './imports.js';

export interface Reject {
  row: number;
  errors: readonly FieldError[];
}

export interface ImportModel extends ImportRow {
  bytes: number;
  /** What a dry run showed. */
  preview: ImportPreview | null;
  /** Until when the tried file waits for its import. */
  waitsUntil: string | null;
  /** Counted so far; rows of the dry run or of the import. */
  progress: { rows: number; totalRows: number | null; inRecords: number; replayed: number; rowsPerSecond: number | null; secondsLeft: number | null };
  /** Key of `pages.imports.reasons`, for a file refused whole. */
  refusedWhy: string | null;
  rejects: { byCode: readonly { code: string; field: string; count: number }[]; first: readonly Reject[]; file: boolean };
  batchId: string | null;
  mayRun: boolean;
}

const STEP_OF: Record<ImportState, Step> = {
  uploaded: 'preview',
  previewed: 'preview',
  checking: 'check',
  checked: 'check',
  running: 'run',
  stopped: 'run',
  done: 'receipt',
  refused: 'receipt',
  failed: 'run',
};

export const importPage: PageOf<ImportModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.imports;
  const moving = model.state === 'running' || model.state === 'checking';
  return {
    title: model.file,
    section: 'imports',
    ...(moving ? { refresh: 5 } : {}),
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: t.title, href: paths.imports }, { text: model.file }]} />
          <PageHead
            title={model.file}
            lead={
              <>
                {[model.mapping, model.by].filter((one) => one !== '').join(' · ')} · <When at={model.startedAt} /> · <ImportStateMark state={model.state} />
              </>
            }
          />
          <Steps here={STEP_OF[model.state]} />
          {model.state === 'refused' ? (
            <Note kind="bad">
              <strong>
                {t.refused.title}
                {p.common.colon}
                {textOf(p.imports.refusals, model.refusedWhy ?? '').replace(/\{\w+\}/g, '…')}
              </strong>
              <div>{t.refused.lead}</div>
            </Note>
          ) : null}
        </div>
        {moving || model.state === 'stopped' || model.state === 'failed' ? <Running model={model} /> : null}
        {model.state === 'checked' ? <Checked model={model} /> : null}
        {model.preview ? <Preview preview={model.preview} /> : null}
        {model.state === 'done' ? <Receipt model={model} /> : null}
        {model.rejects.byCode.length > 0 ? <Rejects model={model} /> : null}
      </div>
    ),
  };
};

function Running({ model }: { model: ImportModel }) {
  const { p, f, say } = useView();
  const t = p.pages.imports;
  const { progress } = model;
  const moving = model.state === 'running' || model.state === 'checking';
  return (
    <Section
      title={model.state === 'checking' ? t.states.checking : t.run.title}
      aside={progress.totalRows === null ? null : <span class="small muted">{say(t.run.of, { total: progress.totalRows })}</span>}
    >
      <div class="stack">
        <ProgressBar done={progress.rows} total={progress.totalRows} label={t.run.title} source={moving ? paths.importProgress(model.id) : undefined} />
        <Figures
          figures={[
            { term: t.figures.rows, value: <span data-figure="rows">{f.number(progress.rows)}</span> },
            { term: t.figures.records, value: <span data-figure="records">{f.number(model.records)}</span> },
            { term: t.figures.rejected, value: <span data-figure="rejected">{f.number(model.rejected)}</span> },
            {
              term: t.figures.rate,
              value: <span data-figure="rate">{progress.rowsPerSecond === null ? '—' : f.number(Math.round(progress.rowsPerSecond))}</span>,
              small: t.run.rate,
            },
            { term: t.figures.remaining, value: <span data-figure="remaining">{progress.secondsLeft === null ? '—' : f.clock(progress.secondsLeft)}</span> },
          ]}
        />
        <div class="row">
          {moving ? (
            <form method="post" action={paths.stopImport(model.id)}>
              <button class="button">{t.run.stop}</button>
            </form>
          ) : null}
          {!moving && model.mayRun ? (
            <form method="post" action={paths.resumeImport(model.id)}>
              <button class="button primary">{t.run.resume}</button>
            </form>
          ) : null}
          <span class="small muted">{moving ? t.run.leave : t.run.stopLead}</span>
        </div>
      </div>
    </Section>
  );
}

function Checked({ model }: { model: ImportModel }) {
  const { p, say } = useView();
  const t = p.pages.imports.check;
  return (
    <Section title={t.title}>
      <div class="stack">
        <Counts model={model} />
        <Note kind={model.rejected === 0 ? 'good' : 'warn'}>{model.rejected === 0 ? t.ok : say(t.some, { rejected: model.rejected })}</Note>
        {model.mayRun && model.records > 0 ? (
          <form method="post" action={paths.startImport(model.id)}>
            <button class="button primary large">{say(t.start, { count: model.records })}</button>
            {model.waitsUntil ? (
              <p class="small muted">
                {t.waits}
                <When at={model.waitsUntil} />
              </p>
            ) : null}
          </form>
        ) : null}
      </div>
    </Section>
  );
}

function Counts({ model }: { model: ImportModel }) {
  const { p, f } = useView();
  const t = p.pages.imports.figures;
  return (
    <Figures
      figures={[
        { term: t.rows, value: f.number(model.rows) },
        { term: t.inRecords, value: f.number(model.progress.inRecords) },
        { term: t.records, value: f.number(model.records) },
        { term: t.rejected, value: f.number(model.rejected) },
        { term: t.replayed, value: f.number(model.progress.replayed) },
        // a dry run keeps nothing of the file, not even its size
        ...(model.bytes > 0 ? [{ term: t.bytes, value: f.bytes(model.bytes) }] : []),
      ]}
    />
  );
}

function Receipt({ model }: { model: ImportModel }) {
  const { p, say } = useView();
  const t = p.pages.imports.receipt;
  const even = model.rows === model.progress.inRecords + model.rejected;
  return (
    <Section title={t.title}>
      <div class="stack">
        <Counts model={model} />
        <Note kind={even ? 'good' : 'bad'}>
          {even ? say(t.reconciled, { rows: model.rows, inRecords: model.progress.inRecords, rejected: model.rejected }) : t.unreconciled}
        </Note>
        <div class="row">
          {model.batchId ? (
            <a class="button" href={paths.batch(model.batchId)}>
              {t.batch}
            </a>
          ) : null}
        </div>
      </div>
    </Section>
  );
}

function Rejects({ model }: { model: ImportModel }) {
  const view = useView();
  const { p, f } = view;
  const t = p.pages.imports.rejects;
  return (
    <Section
      title={t.title}
      aside={
        model.rejects.file ? (
          <a class="button" href={paths.importRejects(model.id)}>
            {t.download}
          </a>
        ) : null
      }
    >
      <div class="stack-l">
        <p class="muted">{t.lead}</p>
        <Table
          caption={t.byReason}
          rows={model.rejects.byCode}
          id={(row) => `${row.field}${row.code}`}
          columns={[
            {
              key: 'code',
              head: t.problem,
              main: true,
              cell: (row) => (
                <>
                  {errorText(view, { field: row.field, code: row.code })} <span class="sub code">{row.code}</span>
                </>
              ),
            },
            { key: 'count', head: t.count, number: true, cell: (row) => f.number(row.count) },
          ]}
        />
        {model.rejects.first.length > 0 ? (
          <Table
            caption={t.title}
            rows={model.rejects.first}
            id={(row) => String(row.row)}
            columns={[
              { key: 'row', head: t.row, number: true, cell: (row) => f.number(row.row) },
              {
                key: 'errors',
                head: t.problem,
                main: true,
                cell: (row) => (
                  <ul>
                    {row.errors.map((error) => (
                      <li key={error.field + error.code}>
                        {fieldLabel(view, error.field)}
                        {p.common.colon}
                        {errorText(view, error)}
                      </li>
                    ))}
                  </ul>
                ),
              },
            ]}
          />
        ) : null}
      </div>
    </Section>
  );
}
