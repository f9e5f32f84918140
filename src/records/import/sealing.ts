import { createHmac, type KeyObject } from 'node:crypto';
import { openField, sealField } from '../../crypto/index.js';
import type { Format } from './read/table.js';

/** What is known of the source and may be personal: its name, and the digest that its sender can check. */
export interface SourceFacts {
  name: string;
  /** SHA-256 of the file as it came, hexadecimal; empty when it was refused before it was read. */
  digest: string;
  unmapped: readonly string[];
  /** Columns of the file, for the reject file. */
  header: readonly string[];
  /** What was told with it, so that an upload can be resumed without asking again. */
  told?: { mapping: unknown; parameters: Record<string, string>; format?: Format; encoding?: string; delimiter?: string; sheet?: string };
}

/** Seals what an import keeps of its source. */
export class ImportSeals {
  readonly #key: KeyObject;
  readonly macKey: KeyObject;
  constructor(keystore: { secret(name: string): KeyObject }) {
    this.#key = keystore.secret('import-rows');
    this.macKey = keystore.secret('import-source');
  }

  sealRow(importId: string, row: number, raw: string): Buffer {
    return sealField(this.#key, `import:${importId}:row:${row}`, raw.toWellFormed());
  }
  openRow(importId: string, row: number, sealed: Buffer): string {
    return openField(this.#key, `import:${importId}:row:${row}`, sealed);
  }
  sealSource(importId: string, facts: SourceFacts): Buffer {
    return sealField(this.#key, `import:${importId}:source`, JSON.stringify(facts));
  }
  openSource(importId: string, sealed: Buffer): SourceFacts {
    return JSON.parse(openField(this.#key, `import:${importId}:source`, sealed)) as SourceFacts;
  }
  sealSpoolKey(importId: string, key: Buffer): Buffer {
    return sealField(this.#key, `import:${importId}:spool`, key.toString('base64'));
  }
  openSpoolKey(importId: string, sealed: Buffer): Buffer {
    return Buffer.from(openField(this.#key, `import:${importId}:spool`, sealed), 'base64');
  }
  /** Stands for a file that was refused before it could be told from others. */
  noMac(importId: string): Buffer {
    return createHmac('sha256', this.macKey).update(importId).digest();
  }
}
