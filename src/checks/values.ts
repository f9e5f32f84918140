import { OBJECT_FAULTS } from '../vault/index.js';

/** What a verification of the archive looks at, in its order: first what is quick and tells much. */
export const PARTS = ['keys', 'records', 'terms', 'readings', 'entries', 'objects', 'store'] as const;
export type PartName = (typeof PARTS)[number];

/** What can be found, by the part that finds it. */
export const CHECK_FAULTS = [
  // keys
  'foreign_keystore',
  'key_copy',
  'key_bucket',
  // records
  'no_version',
  'versions',
  'files',
  'no_object',
  'no_key',
  'key_left',
  'object_left',
  'no_ledger',
  'came_back',
  'no_certificate',
  'text_left',
  'index_left',
  'hold_flag',
  'hold_untold',
  // terms
  'term',
  'no_rule',
  // readings
  'no_entry',
  'entry_differs',
  // entries
  'no_reading',
  // objects
  'no_owner',
  ...OBJECT_FAULTS,
  // store
  'orphan',
  'stranger',
] as const;
export type CheckFault = (typeof CHECK_FAULTS)[number];

export interface NewFault {
  kind: CheckFault;
  /** An id, or a key of the store; never a name. */
  subject: string;
  record: string | null;
  facts?: Record<string, string | number>;
}

/** Everything, or so many of each kind, drawn by a seed. */
export type CheckScope = { mode: 'whole' } | { mode: 'sample'; seed: string; size: number };

export const SAMPLE_LIMITS = { size: 100_000, seed: 64 } as const;

/** Of one part. */
export interface PartCount {
  done: number;
  /** As many as there were when the part began; in a sample those that were drawn. */
  total: number;
  /** As many as there were in all. */
  frame: number;
  /** Of those that were looked at, how many something is wrong with. */
  bad: number;
  /** Objects that no row names yet, and need not. */
  young?: number;
}

export type Counts = Partial<Record<PartName, PartCount>>;
