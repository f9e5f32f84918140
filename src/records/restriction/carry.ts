import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { insertHistory } from '../arrange/store.js';
import type { RecordsDeps } from '../deps.js';
import { changePiece, leftOf, letRecordsMove, nextPiece, setCarried, setPlace, underWay } from './pieces-store.js';
import { endReadingsOf, lockRestriction, type RestrictionRow } from './store.js';
import { afterPieces, type RestrictionState } from './values.js';

/** Records of one transaction. */
export const RESTRICTION_PIECE = 1_000;
/** Pieces that whoever agrees waits for; the rest goes on by itself. */
export const PIECES_AT_ONCE = 20;

export interface CarryOptions {
  /** Told when the process is about to stop: it ends after the piece, and goes on there the next time. */
  signal?: AbortSignal;
  /** At most so many pieces. */
  pieces?: number;
  size?: number;
}

/** Goes on with every restriction and release that is agreed to and not carried out yet. */
export async function carryRestrictions(deps: RecordsDeps, actor: Actor, options: CarryOptions = {}): Promise<void> {
  for (const id of await underWay(deps.db)) {
    if (options.signal?.aborted === true) return;
    await carryRestriction(deps, actor, id, options);
  }
}

/**
 * Marks or frees the records of a restriction over a client, piece by piece, each a transaction with the entries of its records. It may
 * end anywhere and goes on behind the last piece; several processes take turns. Only when nothing of the client is left does the
 * restriction stand, or is it released.
 */
export async function carryRestriction(
  deps: RecordsDeps,
  actor: Actor,
  id: string,
  { signal, pieces = Infinity, size = RESTRICTION_PIECE }: CarryOptions = {},
): Promise<{ state: RestrictionState; records: number }> {
  for (let n = 1; ; n++) {
    const done = await deps.db.tx((tx) => carryPiece(deps, tx, actor, id, size));
    if (afterPieces(done.state) === undefined || n >= pieces || signal?.aborted === true) return done;
  }
}

async function carryPiece(deps: RecordsDeps, tx: Tx, actor: Actor, id: string, size: number): Promise<{ state: RestrictionState; records: number }> {
  await letRecordsMove(tx);
  const row = await lockRestriction(tx, id);
  if (!row) return { state: 'refused', records: 0 };
  const to = afterPieces(row.state);
  const client = row.client_number;
  if (to === undefined || client === null) return row; // another process ended it
  const sets = to === 'live';
  const place = row.place_at === null || row.place_id === null ? null : { at: row.place_at, id: row.place_id };
  const piece = await nextPiece(tx, client, sets, place, size);
  const changed = await changePiece(tx, client, sets, piece.ids);
  const at = deps.now();
  if (sets) await endReadingsOf(tx, changed, at); // one that was being opened while it was agreed to
  await onEach(deps, tx, actor, row, sets, changed, at);
  const records = row.records + changed.length;
  // at the end once more from the beginning, where a record was closed anew or came back meanwhile
  const more = piece.ids.length === size || (await leftOf(tx, id, client, sets));
  await deps.audit.append(tx, {
    actor,
    act: 'restriction.carry',
    subject: { kind: 'restriction', id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { ground: row.ground, sets, piece: changed.length, records, done: !more },
  });
  await setPlace(tx, id, records, piece.ids.length === size ? piece.end : null);
  if (!more) await setCarried(tx, id, to);
  return { state: more ? row.state : to, records };
}

/** Each record's own entry and history, so that its timeline says it too. */
export async function onEach(
  deps: RecordsDeps,
  tx: Tx,
  actor: Actor,
  row: Pick<RestrictionRow, 'id' | 'ground'>,
  set: boolean,
  changed: readonly string[],
  at: Date,
): Promise<void> {
  if (changed.length === 0) return;
  const entries = await deps.audit.appendMany(
    tx,
    changed.map((id) => ({
      actor,
      act: set ? 'record.restrict' : 'record.release',
      subject: { kind: 'record' as const, id },
      decision: 'allow' as const,
      policy: deps.access.version(),
      facts: { restriction: row.id, ground: row.ground },
    })),
  );
  await insertHistory(
    tx,
    changed.map((id, i) => ({
      record: id,
      at,
      by: actor.pseudonym,
      entry: entries[i]?.id ?? '',
      field: 'restricted',
      old: set ? 'no' : 'yes',
      new: set ? 'yes' : 'no',
    })),
  );
}
