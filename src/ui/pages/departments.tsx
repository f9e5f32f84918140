import { useView } from '../components/context.js';
import { Choices, Confirm, EMPTY_FORM, TextField, type FormState } from '../components/forms.js';
import { PageHead, State } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { PeopleTabs, type PeoplePlace } from './people.js';

interface DepartmentRow {
  code: string;
  nameZh: string;
  nameEn: string;
  isArchive: boolean;
  closed: boolean;
}

export interface DepartmentsModel {
  places: readonly PeoplePlace[];
  rows: readonly DepartmentRow[];
  mayManage: boolean;
  /** The form that was refused: `new`, `change:<code>` or `close:<code>`. */
  refused: { at: string; form: FormState } | null;
}

const formAt = (model: DepartmentsModel, at: string): FormState => (model.refused?.at === at ? model.refused.form : EMPTY_FORM);

export const departmentsPage: PageOf<DepartmentsModel> = ({ p }, model) => {
  const t = p.pages.departments;
  return {
    title: p.accounts.department.title,
    section: 'people',
    body: (
      <>
        <PageHead title={p.accounts.department.title} lead={t.lead} />
        <PeopleTabs places={model.places} here="departments" />
        <div class="stack">
          {model.mayManage ? <NewDepartment form={formAt(model, 'new')} /> : null}
          {model.rows.length === 0 ? <Empty title={p.accounts.department.empty} /> : <List model={model} />}
        </div>
      </>
    ),
  };
};

function Names({ form, at }: { form: FormState; at: string }) {
  const { p } = useView();
  const t = p.pages.departments.form;
  return (
    <>
      <TextField form={form} at={at} name="nameZh" label={t.nameZh} must maxLength={100} />
      <TextField form={form} at={at} name="nameEn" label={t.nameEn} must maxLength={100} />
      <Choices form={form} at={at} name="isArchive" label={p.pages.departments.columns.kind} many options={[{ value: 'yes', text: t.isArchive }]} />
    </>
  );
}

function NewDepartment({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.departments;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.new}</summary>
      <form class="stack" method="post" action={paths.departments}>
        <div class="grid">
          <TextField form={form} at="new" name="code" label={t.form.code} hint={t.form.codeHint} must mono maxLength={40} />
          <Names form={form} at="new" />
        </div>
        <button class="button primary">{t.form.submit}</button>
      </form>
    </details>
  );
}

function List({ model }: { model: DepartmentsModel }) {
  const { p } = useView();
  const t = p.pages.departments;
  return (
    <Table
      caption={p.accounts.department.title}
      rows={model.rows}
      id={(row) => row.code}
      columns={[
        { key: 'code', head: t.columns.code, main: true, cell: (row) => <span class="code">{row.code}</span> },
        { key: 'zh', head: t.columns.zh, cell: (row) => <span lang="zh">{row.nameZh}</span> },
        { key: 'en', head: t.columns.en, cell: (row) => <span lang="en">{row.nameEn}</span> },
        { key: 'kind', head: t.columns.kind, cell: (row) => row.isArchive && p.accounts.department.isArchive },
        {
          key: 'state',
          head: t.columns.state,
          cell: (row) =>
            row.closed ? (
              <State tone="plain" shape="cross">
                {p.accounts.department.closed}
              </State>
            ) : (
              <State tone="good" shape="square">
                {t.open}
              </State>
            ),
        },
        ...(model.mayManage ? [{ key: 'acts', head: p.ui.more, cell: (row: DepartmentRow) => !row.closed && <Acts model={model} row={row} /> }] : []),
      ]}
    />
  );
}

function Acts({ model, row }: { model: DepartmentsModel; row: DepartmentRow }) {
  const { p } = useView();
  const t = p.pages.departments;
  const refused = formAt(model, `change:${row.code}`);
  const form =
    refused === EMPTY_FORM ? { values: { nameZh: row.nameZh, nameEn: row.nameEn, ...(row.isArchive ? { isArchive: 'yes' } : {}) }, errors: [] } : refused;
  return (
    <div class="row acts">
      <Confirm action={paths.departmentAct(row.code, 'change')} open={t.change} title={`${t.change} · ${row.code}`} submit={p.ui.save} form={form}>
        <p class="small muted">{t.changeLead}</p>
        <div class="grid">
          <Names form={form} at={`change-${row.code}`} />
        </div>
      </Confirm>
      <Confirm
        action={paths.departmentAct(row.code, 'close')}
        open={t.close}
        title={`${t.close} · ${row.code}`}
        expected={row.code}
        submit={t.close}
        form={formAt(model, `close:${row.code}`)}
        danger
      >
        {t.closeLead}
      </Confirm>
    </div>
  );
}
