import type { KeyObject } from 'node:crypto';
import type { Queryable } from '../../db/index.js';
import { isCoded } from '../../errors/index.js';
import { type AgreedBreak, isAbout, isSealed } from '../restore/break.js';
import { selectAgreed, selectHeads } from '../restore/break-store.js';
import { following, lacksEntries, type ReplayDeps, replayStored } from '../restore/replay.js';
import { checkpointSizes, newestSigned, type StoredLogs } from '../restore/stored.js';
import type { LogEnd } from './batch.js';
import { refused, type Signed, type Signer, type SignerMemory } from './signer.js';
import { anyHead, insertHead, loadEdge, selectEnds, selectLeaves, type StoredEnd } from './store.js';
import { Edge } from './tiles.js';
import type { Hash } from './tree.js';

/** Leaves read at once while signing what a crash left unsigned. */
const STEP = 10_000;

export interface Recovered {
  end: LogEnd | null;
  head: Signed | null;
  /** What two persons decided to close: the next log opens with it. */
  broken?: AgreedBreak;
}

export interface RecoverDeps {
  originOf: (log: string) => string;
  publicKey: KeyObject;
  /** Key that seals decisions to close a log. */
  breakKey: KeyObject;
  /** What was published. */
  stored: StoredLogs | undefined;
  /** Whether it is to be asked now for what the database lacks. */
  looks: boolean;
  epoch: bigint;
  at: Date;
  step?: ReplayDeps['step'];
}

async function signUp(db: Queryable, signer: Signer, origin: string, end: StoredEnd, from: bigint, epoch: bigint): Promise<Signed> {
  for (let start = from; ;) {
    const wanted = end.size - start < BigInt(STEP) ? Number(end.size - start) : STEP;
    const leaves: Hash[] = wanted === 0 ? [] : await selectLeaves(db, end.log, start, wanted);
    if (leaves.length !== wanted) throw refused('the log has a gap');
    const signed = await signer.sign({ log: end.log, origin, from: start, leaves, epoch });
    if (signed.size === end.size) return signed;
    start = signed.size;
  }
}

/**
 * Brings stored log and signer together after a start: entries that were committed but not signed are signed now, and what the object
 * store still holds of a database that was put back is written again. Refuses a log that is shorter than, or differs from, what was
 * signed, unless two persons closed it: then another one goes on from what is there.
 */
export async function recover(db: Queryable, signer: Signer, deps: RecoverDeps): Promise<Recovered> {
  const last = await signer.last();
  const broken = await agreedBreak(db, deps.breakKey, last);
  if (!broken) {
    if (last === null && (await anyHead(db))) throw refused('its memory is missing, yet the log was signed before');
    if (deps.stored && deps.looks) await catchUp(db, deps.stored, deps, last);
  }
  if (broken && last === null && (await wentOn(db, deps, broken.log))) throw refused('its memory is missing, yet the log was signed before');
  const all = await selectEnds(db, broken?.log ?? last?.log ?? null);
  const ends = broken ? all.filter((one) => one.log > broken.log) : all;
  if (broken && ends.length === 0) {
    const [head] = await selectHeads(db, broken.log, 1);
    const edge = new Edge(); // nothing is appended to a closed log
    return { end: { log: broken.log, edge, lastT: head?.last_t.toISOString() ?? '' }, head: null, broken };
  }
  if (!broken && last !== null && (ends[0]?.log !== last.log || ends[0].size < last.size)) throw refused('the log is behind what was signed');
  let recovered: Recovered = { end: null, head: null };
  for (const end of ends) {
    const from = end.log === last?.log ? last.size : 0n;
    const edge = await loadEdge(db, end.log, end.size);
    const head = await signUp(db, signer, deps.originOf(end.log), end, from, deps.epoch);
    if (!head.root.equals(edge.root())) throw refused('the stored log differs from what was signed');
    const lastT = end.lastT.toISOString();
    await insertHead(db, head, lastT, deps.at, deps.epoch);
    recovered = { end: { log: end.log, edge, lastT }, head };
  }
  return recovered;
}

/** The decision of two persons about the state that log and signer are in; what is not sealed, or not about it, is none. */
async function agreedBreak(db: Queryable, key: KeyObject, last: SignerMemory | null): Promise<AgreedBreak | undefined> {
  for (const { agreed, seal } of await selectAgreed(db)) {
    if (!isAbout(agreed, last) || !isSealed(key, agreed, seal)) continue;
    const heads = await selectHeads(db, agreed.log, 1000);
    if (agreed.held.size === 0n || heads.some((head) => head.size === agreed.held.size && head.root.equals(agreed.held.root))) return agreed;
  }
  return undefined;
}

/**
 * Whether anything was signed after the log that was closed. Every lost memory looks alike: a decision about the first one says
 * nothing of a later one. With the store out of reach this throws.
 */
async function wentOn(db: Queryable, { stored, originOf, publicKey, at }: RecoverDeps, closed: string): Promise<boolean> {
  for (const { log } of await selectEnds(db, closed)) if (log > closed && (await selectHeads(db, log, 1)).length > 0) return true;
  for (const log of stored ? following(closed, String(at.getUTCFullYear())) : [])
    if (stored && (await newestSigned(stored, log, await checkpointSizes(stored, log), originOf(log), publicKey))) return true;
  return false;
}

/** Writes again what was published beyond the database. Where the store cannot be asked and nothing is known to lack, it goes on without. */
async function catchUp(db: Queryable, stored: StoredLogs, deps: RecoverDeps, last: SignerMemory | null): Promise<void> {
  const { originOf, publicKey, epoch, at, step } = deps;
  try {
    if ((await lacksEntries({ db, stored, at }, last)) === null) return;
    if (last === null) throw refused('its memory is missing, yet the log was published before');
    await replayStored({ db, stored, originOf, publicKey, epoch, at, step }, last);
  } catch (error) {
    if (!isCoded(error, 'store_unavailable')) throw error;
  }
}
