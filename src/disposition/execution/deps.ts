import type { AccessControl } from '../../access/index.js';
import type { Audit } from '../../audit/index.js';
import type { Keystore } from '../../crypto/index.js';
import type { Db } from '../../db/index.js';
import type { DocumentSigner } from '../../documents/index.js';
import type { RunningStreams } from '../../records/index.js';
import type { ObjectStore } from '../../storage/index.js';
import type { Vault } from '../../vault/index.js';
import type { RawPlace } from './canary/raw-files.js';
import type { Step } from './values.js';

/** The search index, as far as a destruction needs it. */
export interface DestructionIndex {
  /** Number of these records whose change still waits to be told to the index. */
  waiting(records: readonly string[]): Promise<number>;
  /** Wakes whoever keeps the index. */
  wake(): void;
  /** Forces its raw files to forget what was replaced. */
  purge(): Promise<void>;
  /** Of these records, those of which the index says something else than the catalogue does now. */
  stale(records: readonly string[]): Promise<string[]>;
}

/** Sealed uploads from which records were taken in, as far as a destruction needs them. */
export interface DestructionUploads {
  /** Of these imports, those whose sealed upload still lies there. */
  lying(imports: readonly string[]): Promise<string[]>;
  /** Removes what lies of imports that do not run. */
  removeLying(imports: readonly string[]): Promise<void>;
}

/** What carrying out a destruction works with. */
export interface ExecutionDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  vault: Vault;
  streams: RunningStreams;
  store: ObjectStore;
  keystore: Keystore;
  index: DestructionIndex;
  signer: DocumentSigner;
  archiveName: string;
  settings: { fonds: string; zone: string };
  /** Names of persons, for documents and pages. */
  namesOf(persons: readonly string[]): Promise<ReadonlyMap<string, string>>;
  uploads: DestructionUploads;
  /** Folders in whose raw bytes the closure check looks for canaries, as far as this process can read them. */
  rawPlaces(): RawPlace[];
  now: () => Date;
  random: (n: number) => Buffer;
  /** Raises the alarm: a step failed, or a key or a copy could not be reached. Ids and codes only. */
  onTrouble(code: 'destruction_stuck', facts: Readonly<Record<string, string | number>>): void;
  /** Told of a defect behind a step that failed, for the operator's log, which drops what could be content. */
  onFault?(error: unknown): void;
  /** Told how long an attempt at a step took, in milliseconds. */
  onStep?(step: Step, took: number): void;
  /** Milliseconds to wait for the index before the step is left to the next attempt. */
  patience?: number;
}
