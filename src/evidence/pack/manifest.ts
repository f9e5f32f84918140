import type { Place } from '../../audit/index.js';
import type { PACK_FORM, PackKind } from '../values.js';

/** What a pack says of itself, as `manifest.json` and inside the signed document. */
export interface Manifest {
  form: typeof PACK_FORM;
  /** Receipts are packs of single entries that need no document. */
  kind: PackKind | 'receipt';
  number: string;
  archive: { id: string; name: string };
  madeAt: string;
  /** What was chosen: entries of this time, by one of these, or about one of these; with all lists empty every entry of the time. */
  choice: { from: string; to: string; actors: readonly string[]; subjects: readonly string[]; records: readonly string[] };
  /** The one that was chosen, by name; nobody else is. */
  subject: Readonly<Record<string, string>> | null;
  sides: boolean;
  entries: number;
  logs: ManifestLog[];
  /** Logs that had entries in the time and whose entries were destroyed at the end of their term; left out where there are none. */
  gone?: ManifestGone[];
  rules: { kind: string; name: string; digest: string; from: string; until: string | null; file: string }[];
  /** SHA-256 of the file SHA256SUMS, which names every file but itself, this one and the document. */
  sums: string;
}

export interface ManifestLog {
  log: string;
  origin: string;
  entries: number;
  /** The heads under which entries are shown, in order; each is consistent with the one before. */
  heads: { size: string; stamp: { file: string; at: string } | null }[];
}

/** Entries 0 to one less than `size`, written between `first` and `last`, that are gone since `at` by the procedure of this number. */
export interface ManifestGone {
  log: string;
  origin: string;
  size: string;
  first: string;
  last: string;
  at: string;
  procedure: string;
  /** Version of the schedule by which the term was over. */
  rule: string;
  /** Whether the hashes of all its entries come along. */
  hashes: boolean;
}

const twelve = (sequence: bigint): string => String(sequence).padStart(12, '0');
const twenty = (size: bigint): string => String(size).padStart(20, '0');

/** Where things stand in a pack. */
export const packPaths = {
  entry: ({ log, sequence }: Place) => `entries/${log}/${twelve(sequence)}.json`,
  proof: ({ log, sequence }: Place) => `proofs/${log}/${twelve(sequence)}.tlog-proof`,
  side: ({ log, sequence }: Place) => `sides/${log}/${twelve(sequence)}.json`,
  checkpoint: (log: string, size: bigint) => `checkpoints/${log}/${twenty(size)}`,
  goneNote: (log: string) => `gone/${log}/note`,
  goneHashes: (log: string) => `gone/${log}/hashes`,
  consistency: (log: string, from: bigint, to: bigint) => `consistency/${log}/${twenty(from)}-${twenty(to)}`,
  timestamp: (log: string, name: string) => `timestamps/${log}/${name}`,
  rule: (kind: string, name: string) => `rules/${kind}-${name}.json`,
  verifierKeys: 'keys/verifier-keys',
  keyHistory: 'keys/history.json',
  certificate: (kind: string, generation: number) => `keys/documents-${kind}-${generation}.pem`,
  timeAuthority: 'keys/timestamp-authority.pem',
  program: (name: string) => `verify/${name}`,
  sums: 'SHA256SUMS',
  manifest: 'manifest.json',
  document: 'evidence.pdf',
} as const;
