import type { FieldError } from '../../errors/index.js';
import { useView } from '../components/context.js';
import { errorText, fieldLabel } from '../components/forms.js';
import { Section, State } from '../components/marks.js';
import { Table } from '../components/tables.js';
import type { View } from '../view.js';

/** The first rows of a file as its mapping reads them. */
export interface ImportPreview {
  format: string;
  encoding: string;
  unmapped: readonly string[];
  rows: readonly {
    row: number;
    rows: number;
    fields: readonly { field: string; columns: readonly string[]; value: string }[];
    problems: readonly FieldError[];
  }[];
}

/** A value of a closed set by its name; everything else as it is. */
function wordOf({ p }: View, field: string, value: string): string {
  const sets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    serviceType: p.values.serviceType,
    'client.type': p.values.clientType,
    channel: p.values.channel,
    medium: p.values.medium,
    sensitivity: p.values.sensitivity,
  };
  return sets[field]?.[value] ?? value;
}

/** Each row with the fields that its columns become and what is wrong with it, so that a mapping is judged before it acts. */
export function Preview({ preview }: { preview: ImportPreview }) {
  const view = useView();
  const { p, f, say } = view;
  const t = p.pages.imports.preview;
  return (
    <Section title={t.asRecords} aside={<span class="small muted">{say(t.found, { format: preview.format, encoding: preview.encoding })}</span>}>
      <Table
        caption={t.asRecords}
        rows={preview.rows}
        id={(one) => String(one.row)}
        columns={[
          {
            key: 'row',
            head: p.pages.imports.rejects.row,
            cell: (one) => (
              <>
                {f.number(one.row)}
                {one.rows > 1 ? <span class="sub">{say(t.together, { rows: one.rows })}</span> : null}
              </>
            ),
          },
          {
            key: 'fields',
            head: t.fields,
            main: true,
            cell: (one) => (
              <ul class="plain small">
                {one.fields.map(({ field, columns, value }) => (
                  <li key={field}>
                    <span class="muted">
                      {fieldLabel(view, field)}
                      {p.common.colon}
                    </span>
                    {wordOf(view, field, value)}
                    {columns.length > 0 ? <span class="muted"> ← {columns.join(' + ')}</span> : null}
                  </li>
                ))}
              </ul>
            ),
          },
          {
            key: 'problems',
            head: p.pages.imports.rejects.problem,
            cell: (one) =>
              one.problems.length === 0 ? (
                <State tone="good" shape="square">
                  {t.sound}
                </State>
              ) : (
                <ul class="plain">
                  {one.problems.map((error) => (
                    <li key={error.field + error.code}>
                      <State tone="bad" shape="cross">
                        {fieldLabel(view, error.field)}
                        {p.common.colon}
                        {errorText(view, error)}
                      </State>
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
      />
      {preview.unmapped.length > 0 ? (
        <p class="small muted">
          {t.unmapped}
          {p.common.colon}
          {preview.unmapped.join(' · ')}
        </p>
      ) : null}
    </Section>
  );
}
