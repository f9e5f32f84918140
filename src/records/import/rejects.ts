import type { Actor } from '../../audit/index.js';
import { CodedError, type FieldError } from '../../errors/index.js';
import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import type { ImportDeps } from './deps.js';
import { importSeenBy } from './own.js';
import { ImportSeals } from './sealing.js';
import { forgetSpools, listRejects, purgeRejects, rejectCounts, streamRejects, type RejectRow } from './store.js';

/** What is wrong with a row, in words: the texts of imports first, then those of fields; an unknown code stands for itself. */
export function rejectText(lang: Lang, error: Pick<FieldError, 'code' | 'params'>): string {
  const { imports, fieldErrors } = phrasesFor(lang);
  const own: Record<string, string> = imports.faults;
  const common: Record<string, string> = fieldErrors;
  return say(own[error.code] ?? common[error.code] ?? error.code, error.params ?? {});
}

/** A line of the reject file: one for each thing that is wrong with a row. */
export interface RejectLine {
  row: number;
  field: string;
  code: string;
  zh: string;
  en: string;
  /** Cells of the row, in the order of the source's header; the whole line for JSON. */
  cells: readonly string[];
}

export interface RejectFile {
  header: readonly string[];
  lines: AsyncIterable<RejectLine[]>;
}

/**
 * The rejected rows of an import with what is wrong, for the one who has to correct the source. They hold what the
 * source held, so opening them is on record first, and only those who may import get them.
 */
export async function openRejects(deps: ImportDeps, actor: Actor, importId: string): Promise<RejectFile> {
  deps.authorize(actor, 'import.run');
  const row = await importSeenBy(deps.db, actor, importId);
  if (row === undefined) {
    await deps.db.tx((tx) =>
      deps.audit.append(tx, { actor, act: 'import.rejects', subject: { kind: 'import', id: importId }, decision: 'deny', facts: { why: 'not_found' } }),
    );
    throw new CodedError('not_found');
  }
  const seals = new ImportSeals(deps.keystore);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'import.rejects',
      subject: { kind: 'import', id: importId },
      decision: 'allow',
      facts: { rejected: Number(row.rows_rejected) },
    }),
  );
  const { header } = seals.openSource(importId, row.source_sealed);
  return { header, lines: linesOf(streamRejects(deps.db, importId), (number, sealed) => cellsOf(seals.openRow(importId, number, sealed), header.length > 0)) };
}

type OpenCells = (row: number, sealed: Buffer) => readonly string[];

async function* linesOf(batches: AsyncIterable<RejectRow[]>, open: OpenCells): AsyncGenerator<RejectLine[]> {
  for await (const rows of batches) yield rows.flatMap((row) => lines(row, open));
}

function lines(reject: RejectRow, open: OpenCells): RejectLine[] {
  const row = Number(reject.row_number);
  const cells = reject.row_sealed === null ? [] : open(row, reject.row_sealed);
  const errors: readonly FieldError[] = reject.fields.length > 0 ? reject.fields : [{ field: '', code: reject.code }];
  return errors.map((error) => ({ row, field: error.field, code: error.code, zh: rejectText('zh', error), en: rejectText('en', error), cells }));
}

function cellsOf(raw: string, isTable: boolean): readonly string[] {
  return isTable ? (JSON.parse(raw) as string[]) : [raw];
}

export interface RejectSummary {
  byCode: { code: string; rows: number }[];
  /** A page of rejected rows: number, codes and fields, without what they hold. */
  rows: { row: number; code: string; fields: FieldError[] }[];
  next: number | null;
}

/** Rejects of an import by code, and a page of them, without content; for who has just been shown the import itself. */
export async function rejectsOf(deps: ImportDeps, actor: Actor, importId: string, after = 0, limit = 50): Promise<RejectSummary> {
  deps.authorize(actor, 'import.view');
  if ((await importSeenBy(deps.db, actor, importId)) === undefined) throw new CodedError('not_found');
  const page = await listRejects(deps.db, importId, after, limit + 1);
  const rows = page.slice(0, limit).map((one) => ({ row: Number(one.row_number), code: one.code, fields: one.fields }));
  return { byCode: await rejectCounts(deps.db, importId), rows, next: page.length > limit ? (rows.at(-1)?.row ?? null) : null };
}

/** The same as a look of its own: on record, one entry a page. */
export async function viewRejects(deps: ImportDeps, actor: Actor, importId: string, after = 0, limit = 50): Promise<RejectSummary> {
  const summary = await rejectsOf(deps, actor, importId, after, limit);
  const facts = { shown: 'rejects', rows: summary.rows.length };
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act: 'import.view', subject: { kind: 'import', id: importId }, decision: 'allow', facts }));
  return summary;
}

/** Forgets rejected rows, and uploads nobody resumed, of imports that ended before `before`: the archive must not keep what it refused. */
export async function forgetRejects(deps: Pick<ImportDeps, 'db' | 'audit'>, actor: Actor, before: Date): Promise<number> {
  return deps.db.tx(async (tx) => {
    const rows = await purgeRejects(tx, before);
    const uploads = await forgetSpools(tx, before);
    await deps.audit.append(tx, {
      actor,
      act: 'import.forget_rejects',
      subject: { kind: 'import', id: 'rejects' },
      decision: 'allow',
      facts: { rows, uploads, before: before.toISOString() },
    });
    return rows;
  });
}
