import type { KeyObject } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Actor, Audit } from '../../audit/index.js';
import type { Db, Sql } from '../../db/index.js';
import type { FieldError } from '../../errors/index.js';

/** A file handed over with a record; read once, opened only when it is read. */
export interface ImportFile {
  name: string;
  body: Readable;
  size: number | null;
}

export interface ImportItem {
  draft: unknown;
  files?: ImportFile[];
}

/** What became of one draft. */
export type ImportOutcome = { status: 'captured' | 'received' | 'replayed'; recordId: string } | { status: 'rejected'; code: string; fields: FieldError[] };

/** What would be taken in, and whether it has all that its form demands. */
export interface NewDraft {
  status: 'new';
  complete: boolean;
}

/** What an import works with. The ways into the archive are handed in, so that an import decides nothing about records. */
export interface ImportDeps {
  db: Db;
  audit: Pick<Audit, 'append'>;
  keystore: { secret(name: string): KeyObject };
  now: () => Date;
  /** Throws `forbidden` when the actor may not do this. */
  authorize(actor: Actor, act: 'import.run' | 'import.view'): void;
  /** The condition under which this actor finds records `r`: a comparison names nothing beyond it. */
  findable(actor: Actor): Sql;
  /** Takes in many drafts; outcomes in order. */
  captureMany(actor: Actor, items: readonly ImportItem[], context: { importId: string; batchId: string }): Promise<ImportOutcome[]>;
  /** Finishes what crashes of other imports left half taken in. */
  finishAnnounced(): Promise<unknown>;
  /** Finishes what a crash of this import left half taken in; its lock must be held. */
  finishImport(importId: string): Promise<void>;
  /** What would become of drafts, without taking anything in: for dry runs and comparisons. */
  checkMany(actor: Actor, items: readonly ImportItem[]): Promise<(ImportOutcome | NewDraft)[]>;
  /** Opens the batch whose transfer list the import ends in. */
  /** Whether a batch still takes records in: one that was handed over does not. */
  isBatchOpen(id: string): Promise<boolean>;
  openBatch(actor: Actor, system: string): Promise<{ id: string; number: string }>;
}
