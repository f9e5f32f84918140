import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { FileField, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Crumbs, Figures, PageHead, ProgressBar, Section, State, Tabs, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export type ComparisonState = keyof AllPhrases['pages']['comparisons']['states'];
export type DifferenceKindName = keyof AllPhrases['pages']['comparisons']['kinds'];

export interface ComparisonRow {
  id: string;
  system: string;
  /** First and last day of closing, both included. */
  from: string;
  to: string;
  comparedAt: string;
  state: ComparisonState;
  exported: number;
  equal: number;
  counts: Readonly<Record<DifferenceKindName, number>>;
}

function ComparisonStateMark({ row }: { row: ComparisonRow }) {
  const { p } = useView();
  const even = row.state === 'done' && Object.values(row.counts).every((count) => count === 0);
  const tone = row.state === 'failed' ? 'bad' : row.state === 'running' ? 'act' : even ? 'good' : 'warn';
  const shape = { bad: 'cross', act: 'half', good: 'square', warn: 'diamond' } as const;
  const t = p.pages.comparisons;
  return (
    <State tone={tone} shape={shape[tone]}>
      {row.state === 'done' ? (even ? t.even : t.uneven) : t.states[row.state]}
    </State>
  );
}

export const comparisonsPage: PageOf<{ rows: readonly ComparisonRow[]; paging: Paging; mayCompare: boolean }> = ({ p, f }, { rows, paging, mayCompare }) => {
  const t = p.pages.comparisons;
  return {
    title: t.title,
    section: 'imports',
    body: (
      <>
        <Crumbs crumbs={[{ text: p.pages.imports.title, href: paths.imports }, { text: t.title }]} />
        <PageHead title={t.title} lead={t.lead}>
          {mayCompare ? (
            <a class="button primary" href={paths.newComparison}>
              {t.new}
            </a>
          ) : null}
        </PageHead>
        {rows.length === 0 ? (
          <Empty title={t.none.title} action={mayCompare ? { text: t.new, href: paths.newComparison } : undefined}>
            {t.none.text}
          </Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'system',
                  head: t.columns.system,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="code" href={paths.comparison(row.id)}>
                        {row.system}
                      </a>
                      <span class="sub">
                        <Span row={row} />
                      </span>
                    </>
                  ),
                },
                { key: 'state', head: t.columns.state, cell: (row) => <ComparisonStateMark row={row} /> },
                { key: 'exported', head: t.columns.exported, number: true, cell: (row) => f.number(row.exported) },
                ...(Object.keys(t.kinds) as DifferenceKindName[]).map((kind) => ({
                  key: kind,
                  head: t.kinds[kind],
                  number: true,
                  cell: (row: ComparisonRow) => f.number(row.counts[kind]),
                })),
                { key: 'at', head: t.columns.at, cell: (row) => <When at={row.comparedAt} /> },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

function Span({ row }: { row: ComparisonRow }) {
  const { p, say } = useView();
  return <>{say(p.pages.comparisons.span, { from: row.from, to: row.to })}</>;
}

export interface NewComparisonModel {
  form: FormState;
  mappings: readonly Option[];
  departments: readonly Option[];
  maxBytes: number;
}

export const newComparisonPage: PageOf<NewComparisonModel> = ({ p, f, say }, { form, mappings, departments, maxBytes }) => {
  const t = p.pages.comparisons;
  const i = p.pages.imports;
  return {
    title: t.new,
    section: 'imports',
    shape: 'narrow',
    body: (
      <>
        <Crumbs crumbs={[{ text: i.title, href: paths.imports }, { text: t.title, href: paths.comparisons }, { text: t.new }]} />
        <PageHead title={t.new} lead={t.newLead} />
        <form class="stack" method="post" action={paths.comparisons} enctype="multipart/form-data">
          <TextField form={form} name="system" label={t.form.system} hint={t.form.systemHint} must maxLength={64} mono />
          <TextField form={form} name="from" label={t.form.from} type="date" must />
          <TextField form={form} name="to" label={t.form.to} type="date" must />
          <SelectField form={form} name="mapping" label={i.preview.mapping} options={mappings} blank={i.preview.standard} hint={i.preview.mappingHint} />
          <SelectField
            form={form}
            name="department"
            label={i.upload.department}
            options={departments}
            blank={i.upload.noDepartment}
            hint={i.upload.departmentHint}
          />
          <FileField
            form={form}
            name="file"
            label={t.form.file}
            hint={say(i.upload.fileHint, { size: f.bytes(maxBytes) })}
            must
            accept=".csv,.tsv,.xlsx,.jsonl,.gz,.txt"
          />
          <button class="button primary large">{t.form.submit}</button>
        </form>
      </>
    ),
  };
};

export interface ComparisonModel extends ComparisonRow {
  /** Code of an error, where it failed. */
  reason: string | null;
  progress: { rows: number; total: number | null };
  kind: DifferenceKindName | null;
  differences: readonly { kind: DifferenceKindName; serviceNo: string; record: { id: string; title: string } | null }[];
  paging: Paging;
}

export const comparisonPage: PageOf<ComparisonModel> = (view, model) => {
  const { p, f } = view;
  const t = p.pages.comparisons;
  const running = model.state === 'running';
  return {
    title: `${t.one} ${model.system}`,
    section: 'imports',
    ...(running ? { refresh: 5 } : {}),
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: p.pages.imports.title, href: paths.imports }, { text: t.title, href: paths.comparisons }, { text: model.system }]} />
          <PageHead
            title={`${t.one} ${model.system}`}
            lead={
              <>
                <Span row={model} /> · <When at={model.comparedAt} /> · <ComparisonStateMark row={model} />
              </>
            }
          />
          {model.state === 'failed' ? (
            <Note kind="bad">
              <strong>{t.failed.title}</strong>
              <div>{textOf({ ...t.failed.reasons }, model.reason !== null && model.reason in t.failed.reasons ? model.reason : 'other')}</div>
            </Note>
          ) : null}
        </div>
        {running ? <Comparing model={model} /> : null}
        {model.state === 'done' ? (
          <>
            <Figures
              figures={[
                { term: t.columns.exported, value: f.number(model.exported) },
                { term: t.equal, value: f.number(model.equal) },
                ...(Object.keys(t.kinds) as DifferenceKindName[]).map((kind) => ({ term: t.kinds[kind], value: f.number(model.counts[kind]) })),
              ]}
            />
            <Differences model={model} />
          </>
        ) : null}
      </div>
    ),
  };
};

function Comparing({ model }: { model: ComparisonModel }) {
  const { p, f, say } = useView();
  const t = p.pages.comparisons;
  const { progress } = model;
  return (
    <Section
      title={t.states.running}
      aside={progress.total === null ? null : <span class="small muted">{say(p.pages.imports.run.of, { total: progress.total })}</span>}
    >
      <div class="stack">
        <ProgressBar done={progress.rows} total={progress.total} label={t.states.running} source={paths.comparisonProgress(model.id)} />
        <Figures figures={[{ term: p.pages.imports.figures.rows, value: <span data-figure="rows">{f.number(progress.rows)}</span> }]} />
        <p class="small muted">{t.leave}</p>
      </div>
    </Section>
  );
}

function Differences({ model }: { model: ComparisonModel }) {
  const { p } = useView();
  const t = p.pages.comparisons;
  const kinds = Object.keys(t.kinds) as DifferenceKindName[];
  return (
    <div>
      <Tabs
        label={t.differences}
        tabs={[
          { text: t.all, href: paths.comparison(model.id), here: model.kind === null },
          ...kinds.map((kind) => ({ text: t.kinds[kind], href: `${paths.comparison(model.id)}?kind=${kind}`, here: kind === model.kind })),
        ]}
      />
      {model.kind ? <p class="muted small">{t.leads[model.kind]}</p> : null}
      {model.differences.length === 0 ? (
        <Empty title={model.kind === null ? t.noDifference : t.noneOfKind} />
      ) : (
        <>
          <Table
            caption={t.differences}
            rows={model.differences}
            id={(row) => `${row.kind}${row.serviceNo}`}
            columns={[
              {
                key: 'number',
                head: p.fields.serviceNo,
                main: true,
                cell: (row) => (
                  <>
                    {row.record ? (
                      <a class="code" href={paths.record(row.record.id)}>
                        {row.serviceNo}
                      </a>
                    ) : (
                      <span class="code">{row.serviceNo}</span>
                    )}
                    {row.record ? <span class="sub">{row.record.title}</span> : null}
                  </>
                ),
              },
              { key: 'kind', head: t.columns.kind, cell: (row) => t.kinds[row.kind] },
            ]}
          />
          <Pager paging={model.paging} />
        </>
      )}
    </div>
  );
}
