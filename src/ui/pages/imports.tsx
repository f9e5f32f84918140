import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Choices, FileField, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Crumbs, PageHead, State, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export type ImportState = keyof AllPhrases['pages']['imports']['states'];
export type Step = keyof AllPhrases['pages']['imports']['steps'];

export interface ImportRow {
  id: string;
  file: string;
  mapping: string;
  state: ImportState;
  rows: number;
  records: number;
  rejected: number;
  startedAt: string;
  by: string;
}

export function ImportStateMark({ state }: { state: ImportState }) {
  const { p } = useView();
  const tone = state === 'done' ? 'good' : state === 'refused' || state === 'failed' ? 'bad' : state === 'running' || state === 'checking' ? 'act' : 'warn';
  const shape = { good: 'square', bad: 'cross', act: 'half', warn: 'ring' } as const;
  return (
    <State tone={tone} shape={shape[tone]}>
      {p.pages.imports.states[state]}
    </State>
  );
}

export const importsPage: PageOf<{ rows: readonly ImportRow[]; paging: Paging; mayImport: boolean }> = ({ p, f }, { rows, paging, mayImport }) => {
  const t = p.pages.imports;
  return {
    title: t.title,
    section: 'imports',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          <a class="button" href={paths.comparisons}>
            {t.compare}
          </a>
          {mayImport ? (
            <a class="button primary" href={paths.newImport}>
              {t.new}
            </a>
          ) : null}
        </PageHead>
        {rows.length === 0 ? (
          <Empty title={t.none.title} action={mayImport ? { text: t.new, href: paths.newImport } : undefined}>
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
                  key: 'file',
                  head: t.columns.file,
                  main: true,
                  cell: (row) => (
                    <>
                      <a href={paths.import(row.id)}>{row.file}</a>
                      <span class="sub">{row.mapping}</span>
                    </>
                  ),
                },
                { key: 'state', head: t.columns.state, cell: (row) => <ImportStateMark state={row.state} /> },
                { key: 'rows', head: t.columns.rows, number: true, cell: (row) => f.number(row.rows) },
                { key: 'records', head: t.columns.records, number: true, cell: (row) => f.number(row.records) },
                { key: 'rejected', head: t.columns.rejected, number: true, cell: (row) => f.number(row.rejected) },
                { key: 'started', head: t.columns.started, cell: (row) => <When at={row.startedAt} /> },
                { key: 'by', head: t.columns.by, cell: (row) => row.by },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

export function Steps({ here }: { here: Step }) {
  const { p } = useView();
  const steps = Object.entries(p.pages.imports.steps);
  const at = steps.findIndex(([key]) => key === here);
  return (
    <ol class="steps">
      {steps.map(([key, text], index) => (
        <li key={key} class={index < at ? 'done' : undefined} aria-current={index === at ? 'step' : undefined}>
          {text}
        </li>
      ))}
    </ol>
  );
}

export interface NewImportModel {
  form: FormState;
  mappings: readonly Option[];
  departments: readonly Option[];
  maxBytes: number;
}

export const newImportPage: PageOf<NewImportModel> = ({ p, f, say }, { form, mappings, departments, maxBytes }) => {
  const t = p.pages.imports;
  return {
    title: t.new,
    section: 'imports',
    shape: 'narrow',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.imports }, { text: t.new }]} />
        <PageHead title={t.new} />
        <Steps here="upload" />
        <form class="stack" method="post" action={paths.imports} enctype="multipart/form-data">
          <SelectField form={form} name="mapping" label={t.preview.mapping} options={mappings} blank={t.preview.standard} hint={t.preview.mappingHint} />
          <TextField form={form} name="system" label={t.upload.system} hint={t.upload.systemHint} maxLength={64} mono />
          <SelectField
            form={form}
            name="department"
            label={t.upload.department}
            options={departments}
            blank={t.upload.noDepartment}
            hint={t.upload.departmentHint}
          />
          <Choices
            form={form}
            name="dryRun"
            label={t.upload.how}
            options={[
              { value: '1', text: t.upload.dry },
              { value: '0', text: t.upload.real },
            ]}
            must
          />
          <FileField
            form={form}
            name="file"
            label={t.upload.file}
            hint={say(t.upload.fileHint, { size: f.bytes(maxBytes) })}
            must
            accept=".csv,.tsv,.xlsx,.jsonl,.gz,.txt"
          />

          <button class="button primary large">{t.upload.submit}</button>
        </form>
      </>
    ),
  };
};
