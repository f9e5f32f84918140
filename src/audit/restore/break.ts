import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../crypto/index.js';
import type { SignerMemory } from '../log/signer.js';
import type { Entry } from '../types.js';
import type { Hash } from '../log/tree.js';

export const BREAK_REASONS = ['restore', 'lost', 'differs', 'other'] as const;
export type BreakReason = (typeof BREAK_REASONS)[number];

/** A size of a log and its root. */
export interface LogPoint {
  size: bigint;
  root: Hash;
}

/** What is known of a log that cannot go on. */
export interface BrokenLog {
  log: string;
  /** What the signer signed last; `null` where its memory is lost. */
  signed: LogPoint | null;
  /** The newest checkpoint in the object store. */
  published: LogPoint | null;
  /** Up to where the log is there and fits a signed head, with the SHA-256 of that note; of nothing where there is none. */
  held: LogPoint & { digest: Buffer };
}

/** A decision of two persons to close a log. */
export interface AgreedBreak extends BrokenLog {
  id: string;
  reason: BreakReason;
  /** Pseudonyms: who proposed it, who agreed. */
  persons: [string, string];
}

/** Seals a decision with a key that the database does not have: what was written there by hand closes no log. */
export function sealOf(key: KeyObject, one: AgreedBreak): Buffer {
  const point = (at: LogPoint | null): [string, string] | null => (at === null ? null : [String(at.size), at.root.toString('base64')]);
  const said = [one.id, one.log, point(one.signed), point(one.published), point(one.held), one.held.digest.toString('hex'), one.reason, one.persons];
  return createHmac('sha256', key).update('lantai/log-break/v1\n').update(canonicalJson(said)).digest();
}

/** Whether a stored decision is one that the program sealed. */
export function isSealed(key: KeyObject, one: AgreedBreak, seal: Buffer): boolean {
  const mine = sealOf(key, one);
  return seal.length === mine.length && timingSafeEqual(seal, mine);
}

/** Whether a decision is about the state that the signer is in. */
export function isAbout(one: AgreedBreak, last: SignerMemory | null): boolean {
  if (last === null || one.signed === null) return last === one.signed;
  return one.log === last.log && one.signed.size === last.size && one.signed.root.equals(last.root);
}

/** The facts of the entry that opens the log after the break: what is lost, why, and who answers for it. */
export function breakFacts(one: AgreedBreak): NonNullable<Entry['facts']> {
  const said = (name: string, point: LogPoint | null): Record<string, string> =>
    point === null ? {} : { [name]: String(point.size), [`${name}Root`]: point.root.toString('base64') };
  return {
    previous: one.log,
    size: String(one.held.size),
    root: one.held.root.toString('base64'),
    checkpoint: one.held.digest.toString('hex'),
    ...said('published', one.published),
    ...said('signed', one.signed),
    reason: one.reason,
    persons: [...one.persons],
    decision: one.id,
  };
}
