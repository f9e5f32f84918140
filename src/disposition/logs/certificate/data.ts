import type { LogPlace, SignedPart } from '../../execution/certificate/data.js';
import type { CertificateKind } from '../../execution/values.js';

export const LOG_CERTIFICATE_FORMAT = 'lantai/log-destruction-certificate/v1';

/** What stays of a log whose entries are destroyed. */
export const STAYS = ['hash_tiles', 'checkpoints', 'timestamps', 'first_entry', 'counts'] as const;

/**
 * What a certificate of the end of a log says, for machines; it travels inside the document, under its signature. The register's digest
 * can be recomputed from number, log and term. No personal data but the names of those who signed.
 */
export interface LogCertificateData {
  format: typeof LOG_CERTIFICATE_FORMAT;
  number: string;
  kind: CertificateKind;
  madeAt: string;
  archive: { id: string; name: string };
  register: { id: string; number: string; digest: string; madeAt: string; approvedAt: string };
  log: {
    name: string;
    /** As in its checkpoints. */
    origin: string;
    /** Number of entries: 0 to one less are gone. */
    size: string;
    /** Root over their hashes, which stay, in Base64. */
    root: string;
    first: string;
    last: string;
  };
  /** By which term: rule and version of the schedule, last day of keeping. */
  term: { rule: string; schedule: string; until: string };
  /** The signed note that was published beside the log before its first entry went (C2SP). */
  note: string;
  removed: {
    /** Codes: bundles removed by version, rows deleted. */
    bundles: 'removed_by_version';
    bundlesGone: string;
    bundlesLocked: number;
    lockedUntil: string | null;
    /** When the last entry of the database was gone. */
    at: string;
  };
  stays: readonly (typeof STAYS)[number][];
  maker: SignedPart;
  approvals: (SignedPart & { step: string; role: string; digest: string })[];
  executor: SignedPart;
  supervisors: (SignedPart & { outside: boolean; checkedAt: string | null; checkedLog: LogPlace | null })[];
}
