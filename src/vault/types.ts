import type { Readable } from 'node:stream';
import type { Audit, Authorize } from '../audit/index.js';
import type { Keystore } from '../crypto/index.js';
import type { Db } from '../db/index.js';
import type { ByteRange, ObjectRef, ObjectStore } from '../storage/index.js';

export interface VaultDeps {
  /** As `lantai_app`. */
  db: Db;
  store: ObjectStore;
  keystore: Keystore;
  audit: Pick<Audit, 'append'>;
  now: () => Date;
  random: (n: number) => Buffer;
  /** Raises the alarm after damage was found; the entry in the log is already made. Must not throw. */
  onDamage?: (damage: Damage) => void;
}

/** Rights on keys and objects; `app` hands in who may. */
export type VaultRight = 'key.status' | 'key.rotate' | 'key.propose_end' | 'key.confirm_end' | 'storage.check';

export interface KeeperDeps extends VaultDeps {
  authorize: Authorize<VaultRight>;
}

export interface StageInput {
  recordId: string;
  versionId: string;
  fonds: string;
  body: Readable | Buffer;
  /** Exact number of bytes, `null` where it is not known. */
  size: number | null;
  /** Whether a later replay shall be told from a change. Costs one more pass over the bytes; default `true`. */
  replay?: boolean;
}

/** Where an object stands in the store. */
export interface Stored {
  objectId: string;
  ref: ObjectRef;
}

/** A sealed and stored object that the catalogue does not name yet. Holds no key in the open. */
export interface Staged extends Stored {
  recordId: string;
  versionId: string;
  fonds: string;
  suite: string;
  plainSize: number;
  sealedSize: number;
  /** SHA-256 of the sealed bytes. */
  digest: Buffer;
  bucket: string;
  generation: number;
  wrappedKey: Buffer;
  replayMac: Buffer | null;
  /** As read back, where it was locked when it was stored. */
  lockedUntil?: Date;
}

/** What has to be known of an object that is sealed but not stored yet, so that it can be named later. Holds no key in the open. */
export type SealedFacts = Omit<Staged, 'ref' | 'lockedUntil'>;

/** A body sealed in memory. */
export interface Sealed extends SealedFacts {
  bytes: Buffer;
}

/** What the catalogue says of an object, without its key. */
export interface ObjectFacts extends Stored {
  recordId: string;
  versionId: string;
  plainSize: number;
  sealedSize: number;
  digest: Buffer;
  suite: string;
  state: 'stored' | 'locked' | 'destroying' | 'shredded' | 'destroyed';
  lockedUntil: Date | null;
  damagedAt: Date | null;
}

export interface Opened {
  /** Bytes of the whole plaintext. */
  size: number;
  /** The range that `body` gives, end exclusive. */
  start: number;
  end: number;
  body: Readable;
}

export type DamageKind = 'missing' | 'changed';

export interface Damage {
  objectId: string;
  recordId: string;
  kind: DamageKind;
}

export type { ByteRange };
