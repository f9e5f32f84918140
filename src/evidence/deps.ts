import type { KeyObject } from 'node:crypto';
import type { AccessControl } from '../access/index.js';
import type { Audit } from '../audit/index.js';
import type { Db } from '../db/index.js';
import type { DocumentSigner } from '../documents/index.js';
import type { RunningStreams } from '../records/index.js';
import type { ObjectStore } from '../storage/index.js';
import type { Certificates, Vault } from '../vault/index.js';
import type { PackRuns } from './make.js';

/** What evidence packs are given by `app`. */
export interface EvidenceDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  keystore: { archiveId: string; secret(name: string): KeyObject };
  vault: Vault;
  store: ObjectStore;
  /** What is being fetched stops with the right to it. */
  streams: RunningStreams;
  /** Signs in the archive's name. */
  signer: DocumentSigner;
  certificates: Pick<Certificates, 'all'>;
  namesOfPersons(personIds: readonly string[]): Promise<Map<string, string>>;
  /** Certificates (PEM) of the time-stamping authority, where one is configured. */
  authorities(): readonly string[];
  /** The programs that verify a pack, by name. */
  verifiers(): Promise<{ name: string; content: Buffer }[]>;
  settings: { fonds: string; zone: string; archiveName: string };
  now(): Date;
  random(bytes: number): Buffer;
}

/** The same with what makes the packs. */
export interface EvidenceDesk extends EvidenceDeps {
  runs: PackRuns;
}
