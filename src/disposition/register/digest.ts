import { createHash } from 'node:crypto';
import { canonicalJson } from '../../crypto/index.js';

export const REGISTER_FORMAT = 'lantai/destruction-register/v1';

/** What a register says of a record: what it is, how long it was to be kept and why, and every object that would go. No personal data. */
export interface ItemFacts {
  record: string;
  archivalCode: string;
  serviceNo: string;
  fonds: string;
  class: { serviceType: string; clientType: string; sensitivity: string; medium: string; department: string };
  /** Instants of opening, closing and archiving in UTC. */
  dates: { opened: string; closed: string; archived: string };
  /** Days. `maximum` is null where keeping has none. */
  term: { until: string; minimum: string; maximum: string | null };
  rule: string;
  /** The schedule under which the term stands. */
  schedule: string;
  version: { id: string; number: number };
  appraisal: string;
  files: number;
  objects: { id: string; digest: string }[];
}

export interface RegisterItem extends ItemFacts {
  position: number;
}

const sha256 = (value: unknown): Buffer => createHash('sha256').update(canonicalJson(value)).digest();

/** Digest of one item: what is compared when it is asked again whether anything changed. */
export function itemDigest(facts: ItemFacts): Buffer {
  return sha256({ format: REGISTER_FORMAT, ...facts });
}

/** SHA-256 of the exact list: what approvers, supervisors and the certificate sign. Items are taken in the order of their positions. */
export function registerDigest(number: string, items: readonly RegisterItem[]): Buffer {
  if (items.length === 0) throw new Error('a list without items is signed by nobody');
  return sha256({ format: REGISTER_FORMAT, number, items: [...items].sort((a, b) => a.position - b.position) });
}

/** A digest as it is shown and signed. */
export const digestText = (digest: Buffer): string => `sha256:${digest.toString('hex')}`;
