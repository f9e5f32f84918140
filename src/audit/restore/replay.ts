import { createHash, type KeyObject } from 'node:crypto';
import type { Queryable } from '../../db/index.js';
import { columnsOf, readEntry } from '../entry.js';
import type { Planned } from '../log/batch.js';
import { nextLog, yearOf } from '../log/names.js';
import { refused, type SignerMemory } from '../log/signer.js';
import { insertHead, loadEdge, selectEnds, type StoredEnd } from '../log/store.js';
import { Edge, TILE, type Tile } from '../log/tiles.js';
import type { Hash } from '../log/tree.js';
import { checkpointSizes, holdsMore, newestSigned, type StoredLogs, storedCheckpoint, storedOpening, storedPiece } from './stored.js';
import { insertReplay, insertReplayed } from './store.js';

const WIDTH = BigInt(TILE);
/** Bundles that are written in one statement. */
const TOGETHER = 4n;

export interface ReplayDeps {
  db: Queryable;
  stored: StoredLogs;
  originOf: (log: string) => string;
  publicKey: KeyObject;
  epoch: bigint;
  at: Date;
  /** For tests: what it throws is a crash at that point. */
  step?: ((name: 'noted' | 'rewritten' | 'reheaded') => Promise<void> | void) | undefined;
}

/** Whether the database lacks what the signer signed, or what the object store holds. */
export async function lacksEntries(deps: Pick<ReplayDeps, 'db' | 'stored' | 'at'>, last: SignerMemory | null): Promise<'behind' | 'published' | null> {
  const newest = (await selectEnds(deps.db, null)).at(-1);
  if (last !== null && (newest === undefined || newest.log < last.log || (newest.log === last.log && newest.size < last.size))) return 'behind';
  const year = String(deps.at.getUTCFullYear());
  if (newest === undefined) return (await holdsMore(deps.stored, year, 0n)) ? 'published' : null;
  if (await holdsMore(deps.stored, newest.log, newest.size)) return 'published';
  for (const log of following(newest.log, year)) if (await holdsMore(deps.stored, log, 0n)) return 'published';
  return null;
}

/** Names that a log after this one can have, up to a year. */
export function following(log: string, year: string): string[] {
  const names = [nextLog(log, yearOf(log))];
  for (let next = Number(yearOf(log)) + 1; next <= Number(year); next++) names.push(String(next));
  return names;
}

/**
 * Writes again what the object store holds beyond the database, each entry byte for byte as it was, up to the newest checkpoint
 * that fits: first everything is read and compared (what the database has, tiles, checkpoint, the signer's memory), then it is written.
 * A kill in between leaves a shorter log that is whole, and the next time goes on. It writes nothing that does not fit.
 */
export async function replayStored(deps: ReplayDeps, last: SignerMemory | null): Promise<void> {
  const newest = (await selectEnds(deps.db, null)).at(-1);
  const logs = await chain(deps, newest, last);
  for (const [i, log] of logs.entries()) {
    const end = newest?.log === log ? newest : undefined;
    const next = logs[i + 1];
    const facts = next === undefined ? undefined : (await storedOpening(deps.stored, next))?.facts;
    if (next !== undefined && facts?.['previous'] !== log) return;
    const limit = facts === undefined ? undefined : BigInt(String(facts['size']));
    const size = await replayLog(deps, log, end, last?.log === log ? last : null, limit);
    if (limit !== undefined && size !== limit) return; // the next one does not go on from here
  }
}

/** The logs from the newest one in the database to the newest one in the store, by what each names as the one before it. */
async function chain({ stored, at, originOf, publicKey }: ReplayDeps, newest: StoredEnd | undefined, last: SignerMemory | null): Promise<string[]> {
  const year = String(at.getUTCFullYear());
  let log = last?.log ?? newest?.log ?? year;
  for (const one of following(log, year)) if (await newestSigned(stored, one, await checkpointSizes(stored, one), originOf(one), publicKey)) log = one;
  const logs = [log];
  while (newest === undefined || log > newest.log) {
    const previous = (await storedOpening(stored, log))?.facts?.['previous'];
    if (typeof previous !== 'string' || previous >= log) break;
    log = previous;
    logs.unshift(log);
  }
  return logs;
}

/** How much of a log there is now. */
async function replayLog(deps: ReplayDeps, log: string, end: StoredEnd | undefined, last: SignerMemory | null, limit: bigint | undefined): Promise<bigint> {
  const from = end?.size ?? 0n;
  if (limit !== undefined && from >= limit) return from;
  const edge = from === 0n ? new Edge() : await loadEdge(deps.db, log, from);
  const found = await readOn(deps, log, edge, last, limit);
  if (!found) return from;
  await insertReplay(deps.db, log, from, found.size, deps.at);
  await deps.step?.('noted');
  const lastT = await rewrite(deps, log, edge, found);
  await insertHead(deps.db, { log, size: found.size, root: found.root, note: found.note }, lastT, deps.at, deps.epoch);
  await deps.step?.('reheaded');
  return found.size;
}

interface Found {
  size: bigint;
  root: Hash;
  note: string;
  /** Digests of the bundles that were read, by which the second reading is held to the first. */
  digests: Map<bigint, string>;
}

const digestOf = (texts: readonly string[]): string => createHash('sha256').update(texts.join('\n')).digest('hex');

/** Reads on from the edge of the database, as far as everything fits, and back to the newest signed checkpoint that it fits. */
async function readOn(deps: ReplayDeps, log: string, edge: Edge, last: SignerMemory | null, limit: bigint | undefined): Promise<Found | undefined> {
  const sizes = (await checkpointSizes(deps.stored, log)).filter((size) => size > edge.size && (limit === undefined || size <= limit));
  const goal = (await newestSigned(deps.stored, log, sizes, deps.originOf(log), deps.publicKey))?.size;
  if (goal === undefined) return undefined; // what is published without a signature is not the log's
  const grown = edge.copy();
  const roots = new Map<bigint, Hash>();
  const wanted = new Set([...sizes, ...(last ? [last.size] : [])]);
  const digests = new Map<bigint, string>();
  for (let index = edge.size / WIDTH; index * WIDTH < goal; index++) {
    const width = goal - index * WIDTH < WIDTH ? Number(goal - index * WIDTH) : TILE;
    const piece = await pieceUpTo(deps.stored, log, index, width, sizes);
    if (!piece) break;
    const known = index === edge.size / WIDTH ? edge.openAt(0) : [];
    if (!known.every((hash, i) => piece.leaves[i]?.equals(hash))) throw refused('the log differs from what was published');
    for (const leaf of piece.leaves.slice(known.length)) {
      grown.append(leaf);
      if (wanted.has(grown.size)) roots.set(grown.size, grown.root());
    }
    digests.set(index, digestOf(piece.texts));
    if (piece.leaves.length < width) break;
  }
  const signed = last && roots.get(last.size);
  if (signed && !signed.equals(last.root)) throw refused('what was published differs from what was signed');
  for (const size of sizes.toReversed()) {
    const root = roots.get(size);
    const checkpoint = root && (await storedCheckpoint(deps.stored, log, size, deps.originOf(log), deps.publicKey));
    if (checkpoint && root.equals(checkpoint.root)) return { size, root, note: checkpoint.note, digests };
  }
  if (roots.size > 0 && grown.size >= goal) throw refused('the log differs from what was published');
  return undefined;
}

/** A bundle, or the widest partial one of a checkpoint where the whole is not there. */
async function pieceUpTo(stored: StoredLogs, log: string, index: bigint, width: number, sizes: readonly bigint[]) {
  const whole = await storedPiece(stored, log, index, width);
  if (whole) return whole;
  const inside = sizes.filter((size) => size > index * WIDTH && size < index * WIDTH + BigInt(width)).map((size) => Number(size - index * WIDTH));
  for (const less of inside.toReversed()) {
    const piece = await storedPiece(stored, log, index, less);
    if (piece) return piece;
  }
  return undefined;
}

/** Reads the same entries again and writes them; the time of the last one. */
async function rewrite(deps: ReplayDeps, log: string, edge: Edge, found: Found): Promise<string> {
  const grown = edge.copy();
  let lastT = '';
  let entries: Planned[] = [];
  let tiles: Tile[] = [];
  for (let index = edge.size / WIDTH; index * WIDTH < found.size; index++) {
    const width = found.size - index * WIDTH < WIDTH ? Number(found.size - index * WIDTH) : TILE;
    const piece = await storedPiece(deps.stored, log, index, width);
    const whole = found.digests.get(index);
    // a bundle that was read further than its last checkpoint is held to its tile and root alone
    if (!piece || (width === TILE && digestOf(piece.texts) !== whole)) throw refused('the published log changed while it was read');
    for (const [i, text] of piece.texts.entries()) {
      if (index * WIDTH + BigInt(i) < grown.size) continue;
      const entry = readEntry(text);
      if (!entry) throw refused('a published entry is none');
      const leaf = piece.leaves[i] as Hash;
      entries.push({ sequence: grown.size, id: entry.id, text, leaf, columns: columnsOf(entry) });
      tiles.push(...grown.append(leaf));
      lastT = entry.t;
    }
    if (index % TOGETHER === TOGETHER - 1n || (index + 1n) * WIDTH >= found.size) {
      if (grown.size === found.size && !grown.root().equals(found.root)) throw refused('the published log changed while it was read');
      if (!(await insertReplayed(deps.db, log, entries, tiles, deps.epoch))) throw refused('another integrator is at work');
      await deps.step?.('rewritten');
      [entries, tiles] = [[], []];
    }
  }
  return lastT;
}
