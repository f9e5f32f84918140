import { SelectField, TextField, optionsOf, type FormState, type Option } from '../components/forms.js';
import { PageHead } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { RecordTable, type RecordRow } from '../components/records.js';
import { FilterChips, Pager, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface RecordListModel {
  rows: readonly RecordRow[];
  paging: Paging;
  chips: readonly FilterChip[];
  filters: FormState;
  departments: readonly Option[];
}

/** The catalogue by filters that stand in the address. */
export const recordListPage: PageOf<RecordListModel> = ({ p }, model) => {
  const t = p.pages.list;
  return {
    title: t.title,
    section: 'browse',
    body: (
      <>
        <PageHead title={t.title} />
        <div class="stack">
          <form class="filters" method="get" action={paths.records}>
            <SelectField form={model.filters} name="type" label={t.filters.serviceType} blank={p.ui.any} options={optionsOf(p.values.serviceType)} />
            <SelectField form={model.filters} name="clientType" label={t.filters.clientType} blank={p.ui.any} options={optionsOf(p.values.clientType)} />
            <SelectField form={model.filters} name="sensitivity" label={t.filters.sensitivity} blank={p.ui.any} options={optionsOf(p.values.sensitivity)} />
            {model.departments.length > 1 ? (
              <SelectField form={model.filters} name="department" label={t.filters.department} blank={p.ui.any} options={model.departments} />
            ) : null}
            <TextField form={model.filters} name="year" label={t.filters.year} maxLength={4} />
            <button class="button">{p.ui.filter}</button>
          </form>
          <FilterChips chips={model.chips} clear={paths.records} />
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <RecordTable rows={model.rows} caption={t.title} />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};
