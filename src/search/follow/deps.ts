import type { Readable } from 'node:stream';
import type { Audit } from '../../audit/index.js';
import type { Keystore } from '../../crypto/index.js';
import type { Db } from '../../db/index.js';
import type { Vault } from '../../vault/index.js';
import type { SearchEngine } from '../port.js';

interface FileInput {
  body: Readable;
  size: number;
  mediaType: string;
  extension: string;
}
type FileAnswer = { ok: true; value: { text: string; truncated: boolean; ocr: boolean } } | { ok: false; reason: string };

/** Where the texts of files come from. */
export interface TextSource {
  extract(input: FileInput): Promise<FileAnswer>;
  ocr(input: FileInput): Promise<FileAnswer>;
  ocrAvailable(): Promise<boolean>;
}

/** What keeps the index works with. */
export interface FollowDeps {
  db: Db;
  audit: Audit;
  vault: Vault;
  keystore: Keystore;
  engine: SearchEngine;
  texts: TextSource;
  now: () => Date;
  /** Whether an import is running in this process: then its records take the smaller share of the machine here. */
  importing?: () => boolean;
  /** Told when the index cannot follow, and when it can again; a code, never content. */
  onTrouble(code: 'search_behind' | 'search_rebuilding' | 'search_rebuilt', facts?: Record<string, string | number>): void;
}
