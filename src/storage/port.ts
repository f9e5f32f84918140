import type { Readable } from 'node:stream';

/** One stored object; `version` is the store's own version id and is needed to remove it. */
export interface ObjectRef {
  key: string;
  version: string;
}

export interface ObjectEntry extends ObjectRef {
  size: number;
  modifiedAt: Date;
  /** A mark under which a store hides a key instead of forgetting it; it holds no bytes. Only where it was asked for. */
  marker?: true;
}

export interface ObjectStat extends ObjectEntry {
  /** Locked against removal until (UTC); `null` = no lock. */
  lockedUntil: Date | null;
  legalHold: boolean;
}

/** A stored object; `lockedUntil` where a lock date was asked for. */
export interface Put extends ObjectRef {
  size: number;
  lockedUntil?: Date;
}

/** Bytes `[start, end)`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The object store. Every implementation passes `test/storage/suite.ts`.
 * Errors: `store_unavailable` (out of reach), `not_found`, `conflict` (key already used, object locked, legal hold), `disk_full`.
 */
export interface ObjectStore {
  readonly kind: 'folder' | 's3';
  /** Makes sure the place exists, is writable, and enforces locks (a default lock of one day); throws `store_unavailable` where it does not. */
  prepare(): Promise<void>;
  /**
   * Stores `body` under a key never used before. Durable when it resolves. `size` is the exact number of bytes,
   * or `null` where it is not known (an upload). A stream that fails, or has another length than told (`invalid_request`),
   * leaves nothing that `list` would show. With `until` it is locked until then, if that is later than the default; `lockedUntil`
   * is the date that was read back. A failure after that may leave the object stored.
   */
  put(key: string, body: Readable | Buffer, size: number | null, until?: Date): Promise<Put>;
  /** Makes sure that an object that is seen is durable, also where the process that stored it ended before it had an answer. */
  settle(ref: ObjectRef): Promise<void>;
  /** The bytes of a range, clipped to the object; the whole object without one. Rejects before the first byte when the object is not there. */
  get(ref: ObjectRef, range?: ByteRange): Promise<Readable>;
  /** `undefined` when the object (or that version) is not there. */
  stat(ref: ObjectRef): Promise<ObjectStat | undefined>;
  /** Extends the lock, never shortens it; reads it back and returns what the store says. */
  lockUntil(ref: ObjectRef, until: Date): Promise<Date>;
  setLegalHold(ref: ObjectRef, on: boolean): Promise<void>;
  /** Every version of every object below a prefix, in key order; with `markers` also the marks of removal where the store has such. */
  list(prefix: string, options?: { markers?: boolean }): AsyncIterable<ObjectEntry>;
  /** Removes one version, or one mark, for good. Only the destruction procedure and the orphan sweep call this. */
  remove(ref: ObjectRef & Pick<ObjectEntry, 'marker'>): Promise<void>;
  /** Removes what unfinished writes left and nobody has touched since `before`; how many there were. */
  tidy(before: Date): Promise<number>;
  /** Lets go of open connections. */
  close(): Promise<void>;
}

/** The lock that every new object has from the first moment, in milliseconds: one day. */
export const DEFAULT_LOCK = 86_400_000;
