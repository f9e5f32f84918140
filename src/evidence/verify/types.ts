export const PACK_FAULTS = [
  'unreadable',
  'manifest',
  'sums',
  'missing',
  'extra',
  'key',
  'signature',
  'origin',
  'fork',
  'consistency',
  'entry',
  'proof',
  'count',
  'side',
  'rule',
  'timestamp',
  'gone',
  'document',
  'authority',
] as const;
export type PackFaultKind = (typeof PACK_FAULTS)[number];

/** Something of a pack that does not fit, and the file that shows it. */
export interface PackFault {
  kind: PackFaultKind;
  file: string;
}

export interface PackReport {
  whole: boolean;
  number: string;
  entries: number;
  checkpoints: number;
  stamps: number;
  files: number;
  logs: { log: string; entries: number; size: string; stamped: { size: string; at: string } | null; kept: { name: string; size: string }[] }[];
  /** Logs whose entries of that time were destroyed at the end of their term, under a signed note. */
  gone: { log: string; size: string; at: string; procedure: string }[];
  /** Checkpoints from elsewhere of which the pack has none of that size: they say nothing of it. */
  elsewhere: { name: string; size: string }[];
  faults: PackFault[];
}

export interface PackOptions {
  /** Verifier keys, a line each; where left out those inside, which prove nothing about who made it. */
  keys?: string | undefined;
  /** Checkpoints that whoever verifies kept elsewhere. */
  outside?: readonly { name: string; note: string }[];
  /** Certificates (PEM) of trusted time-stamping authorities; without any no time stamp is looked at. */
  timestamps?: readonly string[];
  /** SHA-256 of certificates of the archive's authority that are trusted; where left out those inside. */
  authorities?: readonly string[];
}
