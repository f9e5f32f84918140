import { createHash } from 'node:crypto';
import { canonicalJson } from '../../crypto/index.js';

/**
 * Format of what is signed. `v1` also named the version of the schedule under which each term stood, so that every new version
 * changed every digest although it decided the same. `v2` says the decision alone: term, minimum, maximum and rule. Items keep
 * the format in which they were frozen, told by whether they name a schedule, and are verified in it for good.
 */
export const REGISTER_FORMATS = { v1: 'lantai/destruction-register/v1', v2: 'lantai/destruction-register/v2' } as const;

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
  /** The schedule under which the term stood; in format `v1` alone. */
  schedule?: string | undefined;
  version: { id: string; number: number };
  /** Number of the appraisal that decided it; `''` where a request did. */
  appraisal: string;
  /** Number of the request of its person, where it is erased before its term. */
  erasure?: string | undefined;
  files: number;
  objects: { id: string; digest: string }[];
}

export interface RegisterItem extends ItemFacts {
  position: number;
}

const sha256 = (value: unknown): Buffer => createHash('sha256').update(canonicalJson(value)).digest();

const formatOf = (facts: ItemFacts): string => (facts.schedule === undefined ? REGISTER_FORMATS.v2 : REGISTER_FORMATS.v1);

/** Digest of one item: what is compared when it is asked again whether anything changed. */
export function itemDigest(facts: ItemFacts): Buffer {
  return sha256({ format: formatOf(facts), ...facts });
}

/** SHA-256 of the exact list: what approvers, supervisors and the certificate sign. Items are taken in the order of their positions. */
export function registerDigest(number: string, items: readonly RegisterItem[]): Buffer {
  const [first] = items;
  if (first === undefined) throw new Error('a list without items is signed by nobody');
  const format = formatOf(first);
  if (items.some((one) => formatOf(one) !== format)) throw new Error('a list is signed in one format');
  return sha256({ format, number, items: [...items].sort((a, b) => a.position - b.position) });
}

/** A digest as it is shown and signed. */
export const digestText = (digest: Buffer): string => `sha256:${digest.toString('hex')}`;
