import { createHash } from 'node:crypto';
import { canonicalJson } from '../../crypto/index.js';
import type { Proposal } from './values.js';

export interface AppraisedItem {
  position: number;
  record: string;
  archivalCode: string;
  proposal: Proposal;
  /** Day until which an extension would keep it. */
  until: string | null;
  basis: string | null;
  reason: string;
}

/** SHA-256 of an appraisal's list with its proposals: what every member of the group signs. */
export function appraisalDigest(number: string, items: readonly AppraisedItem[]): Buffer {
  return createHash('sha256')
    .update(canonicalJson({ format: 'lantai/appraisal/v1', number, items: [...items].sort((a, b) => a.position - b.position) }))
    .digest();
}
