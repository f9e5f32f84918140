import type { KeyObject } from 'node:crypto';

/** `active` may wrap; `retired` opens nothing any more but still exists; `destroying` still exists in a copy out of reach. */
export const KEK_STATES = ['active', 'retired', 'destroying', 'destroyed'] as const;
export type KekState = (typeof KEK_STATES)[number];

/** A key-encryption key: one generation of a bucket of at most 65,536 content keys. */
export interface KekId {
  /** UUID */
  bucket: string;
  generation: number;
}

export interface KekInfo extends KekId {
  state: KekState;
  createdAt: string;
  changedAt: string;
}

export interface SigningKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** What `check` found in one folder. */
export interface KeystoreReport {
  /** `primary`, or `copy 1` and so on: places are configuration, not for logs. */
  place: string;
  reachable: boolean;
  /** Whether root and identity are the ones in use. */
  same: boolean;
  keks: Record<KekState, number>;
  /** File names that are missing, differ from the primary folder, or do not open. */
  faults: string[];
}

/** The root of every key. Secrets and signing keys are derived from the root, so they are durable before their first use. */
export interface Keystore {
  /** UUID of the archive this keystore belongs to; part of every object's context. */
  readonly archiveId: string;
  /** The primary folder: whoever signs with a key keeps its own durable memory beside it. */
  readonly folder: string;
  /** Betrays nothing of the root; a database is bound to it. */
  readonly fingerprint: string;
  /** A 32-byte secret for one use, always the same for the same name. */
  secret(name: string): KeyObject;
  /** An Ed25519 key for one use, always the same for the same name. */
  signingKey(name: string): SigningKey;
  /** A P-256 key for certificates and documents, which programs everywhere know; always the same for the same name. */
  certifyingKey(name: string): SigningKey;
  /** Makes a KEK, durable in every registered copy when it resolves. Making one that exists completes its copies. */
  ensureKek(id: KekId): Promise<void>;
  /** The key, only while it is active: a retired one is dropped from memory and refused. */
  kek(id: KekId): Promise<KeyObject>;
  retireKek(id: KekId): Promise<void>;
  /** Only for the destruction procedure. `destroying` where a copy could not be reached: call again. */
  destroyKek(id: KekId): Promise<'destroying' | 'destroyed'>;
  keks(): Promise<KekInfo[]>;
  /** Registered places: the primary folder and its copies. */
  readonly places: number;
  /** Who each registered place is, by what lies in it: another folder at its path is another place. `id` is null out of reach. */
  identities(): Promise<{ place: string; id: string | null }[]>;
  /**
   * Keeps a file that must outlive the database, under `kept/`, durable in the primary when it resolves; how many copies have it
   * too. It holds no key in the open. One that is there already is replaced.
   */
  keep(name: string, data: Buffer): Promise<number>;
  /** What was kept under this name, in the primary. */
  kept(name: string): Promise<Buffer | undefined>;
  /** Names of kept files that begin so, in order. */
  keptNames(prefix: string): Promise<string[]>;
  /** Compares root and every KEK in every copy, and opens each. */
  check(): Promise<KeystoreReport[]>;
}
