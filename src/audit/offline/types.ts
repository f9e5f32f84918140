export const PUBLISHED_FAULTS = [
  'entry',
  'time',
  'opening',
  'missing',
  'damaged',
  'tile',
  'root',
  'short',
  'signature',
  'origin',
  'fork',
  'unsigned',
  'timestamp',
] as const;
export type PublishedFaultKind = (typeof PUBLISHED_FAULTS)[number];

/** Something that does not fit, and where. */
export interface PublishedFault {
  kind: PublishedFaultKind;
  log: string;
  /** The entry concerned, or the first that can be; `null` where the log as a whole is. */
  sequence: bigint | null;
  /** The file that shows it. */
  name: string;
}

/** Something from outside that says of the first `size` entries that they were so at a time. */
export interface Anchor {
  by: 'checkpoint' | 'timestamp';
  size: bigint;
  /** The time that a time-stamping authority names; of a checkpoint from outside only its owner knows it. */
  since: string | null;
  name: string;
}

/** A log that opens where another one was closed by two persons, because something of it is lost. */
export interface PublishedBreak {
  log: string;
  closed: string;
  /** Entries of the closed log from which it goes on. */
  size: bigint;
  /** Entries under its newest published checkpoint, and under the last signature, where known. */
  published: bigint | null;
  signed: bigint | null;
  reason: string;
  /** Pseudonyms: who proposed it, who agreed. */
  persons: readonly string[];
  /** Checkpoints of what is lost: nothing is there to be compared with them. */
  beyond: string[];
}

/** Entries that were destroyed at the end of their term, under a signed certificate; their hashes stay. */
export interface PublishedGone {
  size: bigint;
  at: string;
  rule: string;
  procedure: string;
  persons: readonly string[];
}

export interface PublishedLogReport {
  log: string;
  /** Entries under the newest checkpoint. */
  size: bigint;
  /** Entries read and hashed. */
  entries: bigint;
  checkpoints: number;
  /** From the largest to the smallest. Entries beyond the first stand under the archive's own signature alone. */
  anchors: Anchor[];
  /** What of its entries is gone by rule; `null` where nothing is. */
  gone: PublishedGone | null;
}

export interface PublishedReport {
  /** Nothing that does not fit. A break is no fault of this kind, but something is lost: see `breaks`. */
  whole: boolean;
  breaks: PublishedBreak[];
  logs: PublishedLogReport[];
  faults: PublishedFault[];
}
