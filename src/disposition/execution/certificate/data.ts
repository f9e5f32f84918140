import type { RegisterItem } from '../../register/index.js';
import type { ClosureReport } from '../steps/index.js';
import type { CertificateKind, Facts, Step } from '../values.js';

export const CERTIFICATE_FORMAT = 'lantai/destruction-certificate/v1';

/** Where an entry stands in the audit log; without a place it was not found there when the certificate was made. */
export interface LogPlace {
  entry: string;
  log: string | null;
  sequence: number | null;
}

export interface SignedPart {
  /** Name and pseudonym-free id of the person. */
  person: string;
  name: string;
  at: string | null;
  log: LogPlace | null;
}

/** Why records were destroyed before their own term: at the request of the person whose data they held, who is not named here. */
export interface ErasureGround {
  /** Number of the request. */
  request: string;
  /** Code: article 47 of the Personal Information Protection Law. */
  law: 'PIPL-47';
  outcome: 'fulfil' | 'partly';
  decidedAt: string;
}

/**
 * What a certificate of destruction says, for machines; it travels inside the document, under its signature. The register's digest
 * can be recomputed from number and items. No personal data but the names of those who signed.
 */
export interface CertificateData {
  format: typeof CERTIFICATE_FORMAT;
  number: string;
  kind: CertificateKind;
  madeAt: string;
  archive: { id: string; name: string };
  register: { id: string; number: string; digest: string; place: string; frozenAt: string; approvedAt: string };
  /** There where it is an erasure before term; else the term of every item was over. */
  erasure?: ErasureGround;
  items: (RegisterItem & { state: 'shredded' | 'destroyed' })[];
  method: {
    /** Codes: content keys destroyed in every keystore; sealed bytes removed by version. */
    keys: 'cryptographic_erasure';
    objects: 'removed_by_version';
    standard: 'NIST SP 800-88 Rev. 1';
    keystores: number;
    /** Buckets, and the generation up to which their keys were destroyed. */
    generations: { bucket: string; through: number }[];
    survivorsRewrapped: number;
    objectsAll: number;
    objectsGone: number;
    objectsLocked: number;
    lockedUntil: string | null;
  };
  steps: { step: Step; doneAt: string; attempts: number; facts: Facts }[];
  approvals: (SignedPart & { step: string; role: string; digest: string })[];
  executor: SignedPart;
  supervisors: (SignedPart & { outside: boolean; checkedAt: string | null; checkedLog: LogPlace | null })[];
  closure: ClosureReport;
}
