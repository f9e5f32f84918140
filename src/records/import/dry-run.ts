import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { noAttachments, type Attachments } from './attachments.js';
import { addCounts, noCounts, type Counts, type Reject } from './counts.js';
import type { ImportDeps } from './deps.js';
import { PREVIEWED, previewOf, type PreviewRow } from './preview.js';
import { planImport, type ImportOptions } from './plan.js';
import { paceOf, type Progress } from './progress.js';
import type { ImportSource } from './read/source.js';
import { batchesOf, settleBatch } from './take-in.js';

export interface DryRunInput {
  source: ImportSource;
  options: ImportOptions;
  attachments?: Attachments;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Rejected rows that are handed back; counting goes on beyond. */
  maxRejects?: number;
  /** How the log calls it; the file may wait under the same id. */
  id?: string;
}

export interface DryRun {
  counts: Counts;
  /** Rejected rows by code. */
  byCode: Record<string, number>;
  rejects: (Omit<Reject, 'raw'> & { columns: readonly string[] })[];
  mapping: { name: string; digest: string };
  format: string;
  encoding: string;
  digest: string;
  unmapped: readonly string[];
  /** The first units as they will be read. */
  preview: PreviewRow[];
}

/** Does everything that an import does except taking anything in. That it was done is on record; what the file holds is not. */
export async function dryRun(deps: ImportDeps, actor: Actor, input: DryRunInput): Promise<DryRun> {
  deps.authorize(actor, 'import.run');
  input.onProgress?.({ phase: 'checking' });
  const plan = await planImport(input.source, input.options);
  const { table, mapper } = plan;
  let counts = noCounts(table.total);
  const preview: PreviewRow[] = [];
  const byCode: Record<string, number> = {};
  const rejects: DryRun['rejects'] = [];
  const began = deps.now().getTime();
  for await (const batch of batchesOf(plan, 0, input.attachments ?? noAttachments)) {
    const done = await settleBatch(batch, (items) => deps.checkMany(actor, items));
    counts = addCounts(counts, done.counts);
    if (preview.length < PREVIEWED) preview.push(...previewOf(batch, done.rejects, mapper, PREVIEWED - preview.length));
    for (const { row, code, fields } of done.rejects) {
      byCode[code] = (byCode[code] ?? 0) + 1;
      if (rejects.length < (input.maxRejects ?? 100)) rejects.push({ row, code, fields, columns: fields.flatMap((one) => mapper.columnsOf(one.field)) });
    }
    input.onProgress?.(paceOf('', counts, 0, deps.now().getTime() - began));
    if (input.signal?.aborted) break;
  }
  await deps.db.tx(async (tx) => {
    const facts = { rows: counts.rowsTotal, rejected: counts.rowsRejected, mapping: mapper.mapping.name };
    await deps.audit.append(tx, { actor, act: 'import.dry_run', subject: { kind: 'import', id: input.id ?? newId() }, decision: 'allow', facts });
  });
  const { name, digest } = mapper.mapping;
  return {
    counts,
    byCode,
    rejects,
    mapping: { name, digest },
    format: table.format,
    encoding: table.encoding,
    digest: table.digest.toString('hex'),
    unmapped: mapper.unmapped,
    preview,
  };
}
