import type { Actor } from '../../audit/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import type { RecordFilter } from './filter.js';
import { formRows, formSums, type FormRow, type FormSums } from './form-store.js';
import { filterCondition } from './store.js';

export type FormScope = Pick<RecordFilter, 'type' | 'clientType' | 'year' | 'department'>;

/** Items of one printed catalogue; more are printed in parts. */
const FORM_ITEMS = 5_000;
export const FILE_NOTE = 1_000;

/** What a printed form is about, under the rights of whoever prints it; the entry stands before the first line is given. */
async function formOf(
  deps: RecordsDeps,
  actor: Actor,
  scope: FormScope,
  act: 'record.print_catalogue' | 'record.print_note',
  note = '',
): Promise<{ sums: FormSums; rows: () => AsyncIterable<FormRow[]> }> {
  // whoever takes batches over is the archive's own
  const { policy } = deps.access.authorize(actor, 'batch.confirm');
  const rights = deps.access.where(actor, 'record.list', 'r');
  const filter = filterCondition(scope, deps.settings.zone, deps.now());
  const sums = await formSums(deps.db, rights, filter);
  if (act === 'record.print_catalogue' && sums.items > FORM_ITEMS) throw new CodedError('too_large', { params: { max: FORM_ITEMS } });
  const facts = Object.entries(scope).filter((one): one is [string, string | number] => one[1] !== undefined);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'list', id: 'records' },
      decision: 'allow',
      policy,
      facts: { ...Object.fromEntries(facts), items: sums.items },
      ...(note === '' ? {} : { side: { note } }),
    }),
  );
  return { sums, rows: () => formRows(deps.db, rights, filter) };
}

/** The catalogue of archived items 归档文件目录 (form 2) of a repository and a year. */
export function fileCatalogue(deps: RecordsDeps, actor: Actor, scope: FormScope): Promise<{ sums: FormSums; rows: () => AsyncIterable<FormRow[]> }> {
  return formOf(deps, actor, scope, 'record.print_catalogue');
}

/** The file note 备考表 of the same items: how they stand, and what the clerk has to say about them. */
export async function fileNote(deps: RecordsDeps, actor: Actor, scope: FormScope, note: string): Promise<{ sums: FormSums; note: string }> {
  const said = note.trim();
  if (said.length > FILE_NOTE) throw invalidField('note', 'too_long', { max: FILE_NOTE });
  const { sums } = await formOf(deps, actor, scope, 'record.print_note', said);
  return { sums, note: said };
}
