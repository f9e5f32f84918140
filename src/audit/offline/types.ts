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

export interface PublishedLogReport {
  log: string;
  /** Entries under the newest checkpoint. */
  size: bigint;
  /** Entries read and hashed. */
  entries: bigint;
  checkpoints: number;
  /** From the largest to the smallest. Entries beyond the first stand under the archive's own signature alone. */
  anchors: Anchor[];
}

export interface PublishedReport {
  whole: boolean;
  logs: PublishedLogReport[];
  faults: PublishedFault[];
}
