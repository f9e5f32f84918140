import { createHash } from 'node:crypto';
import { type Audit, type EntryInput, type Receipt, scopeFacts, systemActor } from '../audit/index.js';
import { canonicalJson } from '../crypto/index.js';
import { type Db, newId } from '../db/index.js';
import type { Opened } from './types.js';
import type { Vault } from './vault.js';

const BATCH = 100;

export interface SystemReadingDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'appendMany' | 'receipt'>;
  vault: Pick<Vault, 'open'>;
}

export interface SystemReadingInput {
  /** Code of the purpose: `extract_text`, `package`. */
  purpose: string;
  objectIds: readonly string[];
}

export interface SystemReading {
  readingId: string;
  /** SHA-256 of the canonical JSON of the list: what the log says was to be read. */
  list: string;
  /** Each object in turn. Its access is in the signed log before its key is unwrapped. */
  objects(): AsyncGenerator<{ objectId: string; open(): Promise<Opened> }>;
  /** Ends the reading with what came of it. */
  end(result: Record<string, number>): Promise<void>;
}

/** Opens a reading of the system's own, for jobs that need content: with a purpose and the digest of its list. */
export async function openSystemReading(deps: SystemReadingDeps, input: SystemReadingInput): Promise<SystemReading> {
  const actor = systemActor();
  const readingId = newId();
  const list = createHash('sha256').update(canonicalJson(input.objectIds)).digest('hex');
  const subject = { kind: 'reading', id: readingId } as const;
  const entry = (act: string, facts: NonNullable<EntryInput['facts']>): EntryInput => ({
    actor,
    act,
    subject,
    purpose: input.purpose,
    decision: 'allow',
    facts,
  });
  await deps.db.tx((tx) => deps.audit.append(tx, entry('reading.open', { system: true, count: input.objectIds.length, list })));
  return {
    readingId,
    list,
    async *objects() {
      for (let at = 0; at < input.objectIds.length; at += BATCH) {
        const ids = input.objectIds.slice(at, at + BATCH);
        const scopes = ids.map((objectId) => ({ actorPseudonym: actor.pseudonym, objectId, range: null }));
        const pending = await deps.db.tx((tx) =>
          deps.audit.appendMany(
            tx,
            scopes.map((scope) => entry('reading.begin', { ...scopeFacts(scope), reading: readingId })),
          ),
        );
        for (const [i, scope] of scopes.entries()) {
          const own = pending[i];
          if (!own) throw new Error('entry missing');
          let receipt: Promise<Receipt> | undefined;
          const open = async (): Promise<Opened> => deps.vault.open(actor, await (receipt ??= deps.audit.receipt(own, scope)), scope.objectId);
          yield { objectId: scope.objectId, open };
        }
      }
    },
    async end(result) {
      await deps.db.tx((tx) => deps.audit.append(tx, entry('reading.return', { ...result, system: true })));
    },
  };
}
