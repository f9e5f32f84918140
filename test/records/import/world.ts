import { setImmediate as turn } from 'node:timers/promises';
import type { Actor } from '../../../src/audit/index.js';
import { fieldErrors } from '../../../src/errors/index.js';
import { newId, TRUE } from '../../../src/db/index.js';
import { recordDraft } from '../../../src/records/draft.js';
import type { ImportDeps, ImportItem, ImportOutcome } from '../../../src/records/import/deps.js';
import { testAudit, type TestAudit } from '../../support/audit.js';
import { testDatabase, type TestDatabase } from '../../support/database.js';

/** An import on a real database and audit log, with an archive in memory that keeps what the contract says. */
export interface World {
  deps: ImportDeps;
  database: TestDatabase;
  audit: TestAudit;
  /** Number of source system and service → canonical draft. */
  archive: Map<string, string>;
  batches: Map<string, string>;
  /** Called before a batch of drafts is taken in. */
  before: { hook?: (items: readonly ImportItem[]) => void | Promise<void> };
  close(): Promise<void>;
}

export async function importWorld(): Promise<World> {
  const database = await testDatabase();
  const audit = await testAudit(database);
  const archive = new Map<string, string>();
  const batches = new Map<string, string>();
  const before: World['before'] = {};

  const decide = (item: ImportItem): ImportOutcome | { status: 'new'; key: string; text: string } => {
    const parsed = recordDraft.safeParse(item.draft, { reportInput: true });
    if (!parsed.success) {
      const fields = fieldErrors(parsed.error);
      return { status: 'rejected', code: fields[0]?.code ?? 'invalid', fields };
    }
    const draft = parsed.data;
    if (Date.parse(draft.closedAt) < Date.parse(draft.openedAt))
      return { status: 'rejected', code: 'closed_before_opened', fields: [{ field: 'closedAt', code: 'closed_before_opened' }] };
    const key = `${draft.source.system}/${draft.serviceNo}`;
    const text = JSON.stringify([draft, (item.files ?? []).map((file) => file.name)]);
    const there = archive.get(key);
    if (there === undefined) return { status: 'new', key, text };
    return there === text
      ? { status: 'replayed', recordId: newId() }
      : { status: 'rejected', code: 'changed', fields: [{ field: 'serviceNo', code: 'changed' }] };
  };

  const deps: ImportDeps = {
    db: database.app,
    audit: audit.audit,
    keystore: audit.keystore,
    now: () => new Date(),
    authorize: () => undefined,
    findable: () => TRUE,
    async captureMany(_actor: Actor, items) {
      await before.hook?.(items);
      await turn();
      return items.map((item) => {
        const decided = decide(item);
        if (decided.status !== 'new' || !('key' in decided)) return decided;
        archive.set(decided.key, decided.text);
        return { status: 'captured', recordId: newId() };
      });
    },
    checkMany: async (_actor, items) => items.map((item) => decide(item)).map((one) => (one.status === 'new' ? { status: 'new', complete: true } : one)),
    finishAnnounced: async () => undefined,
    finishImport: async () => undefined,
    isBatchOpen: async () => true,
    async openBatch(_actor, system) {
      const id = newId();
      batches.set(id, `open ${system}`);
      return { id, number: `D-${batches.size}` };
    },
  };
  return {
    deps,
    database,
    audit,
    archive,
    batches,
    before,
    async close() {
      await audit.stop();
      await database.close();
    },
  };
}
