import type { FieldError } from '../../errors/index.js';
import type { Reject } from './counts.js';
import type { Judged } from './judge.js';
import type { Mapper } from './map/mapper.js';

/** Units of a file that a dry run shows as they will be read. */
export const PREVIEWED = 20;
/** Characters of a value that are shown. */
const SHOWN = 200;

/** A row, or the first of the rows that make one record, as it is read: each field, and what is wrong. */
export interface PreviewRow {
  row: number;
  /** Rows that make the record. */
  rows: number;
  fields: { field: string; columns: string[]; value: string }[];
  problems: FieldError[];
}

/** The first units as the mapping reads them, with what was found wrong. Holds content: for who handed the file in alone. */
export function previewOf(batch: readonly Judged[], rejects: readonly Pick<Reject, 'row' | 'code' | 'fields'>[], mapper: Mapper, room: number): PreviewRow[] {
  const wrong = new Map(rejects.map((one) => [one.row, one.fields.length > 0 ? one.fields : [{ field: 'serviceNo', code: one.code }]]));
  return batch.slice(0, room).map(({ unit }) => {
    const [first] = unit.rows;
    const draft = !first || first.fault ? {} : mapper.build(unit.rows).draft;
    return {
      row: first?.number ?? 0,
      rows: unit.rows.length,
      fields: fieldsOf(draft).map((one) => ({ ...one, columns: [...mapper.columnsOf(one.field)] })),
      problems: [...(wrong.get(first?.number ?? 0) ?? [])],
    };
  });
}

/** A draft as a list of fields by their dotted names; reasons of absence are no values of the file. */
function fieldsOf(draft: Readonly<Record<string, unknown>>, above = ''): { field: string; value: string }[] {
  return Object.entries(draft).flatMap(([name, value]): { field: string; value: string }[] => {
    const field = `${above}${name}`;
    if (field === 'absent' || value === undefined || value === null || value === '') return [];
    if (typeof value === 'object' && !Array.isArray(value)) return fieldsOf(value as Record<string, unknown>, `${field}.`);
    return [{ field, value: cut(textOf(value)) }];
  });
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' · ');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`.toWellFormed();
}
