import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { ImportDeps } from './deps.js';
import { receiptOf, type ImportReceipt } from './receipt.js';
import { ImportSeals } from './sealing.js';
import { importSeenBy, importsSeenBy } from './own.js';
import { listImports } from './store.js';

export interface ImportsPage {
  items: ImportReceipt[];
  next: { at: Date; id: string } | null;
}

/** Imports, the newest first. */
export async function viewImports(deps: ImportDeps, actor: Actor, after: { at: Date; id: string } | null = null, limit = 20): Promise<ImportsPage> {
  deps.authorize(actor, 'import.view');
  const seals = new ImportSeals(deps.keystore);
  const rows = await listImports(deps.db, importsSeenBy(actor), after, limit + 1);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor,
      act: 'import.list',
      subject: { kind: 'list', id: 'imports' },
      decision: 'allow',
      facts: { shown: Math.min(rows.length, limit) },
    }),
  );
  const items = rows.slice(0, limit).map((row) => receiptOf(row, seals));
  const last = rows.at(limit - 1);
  return { items, next: rows.length > limit && last ? { at: last.started_at, id: last.id } : null };
}

/** How an import stands, without an entry: for progress, which is asked every second after the import was looked at. */
export async function importStanding(deps: ImportDeps, actor: Actor, id: string): Promise<ImportReceipt> {
  deps.authorize(actor, 'import.view');
  const row = await importSeenBy(deps.db, actor, id);
  if (row === undefined) throw new CodedError('not_found');
  return receiptOf(row, new ImportSeals(deps.keystore));
}

/** How an import stands; the receipt once it has ended. On record, one entry a look. */
export async function viewImport(deps: ImportDeps, actor: Actor, id: string): Promise<ImportReceipt> {
  const receipt = await importStanding(deps, actor, id);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'import.view', subject: { kind: 'import', id }, decision: 'allow', facts: { state: receipt.state, shown: 'receipt' } }),
  );
  return receipt;
}
