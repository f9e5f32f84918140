import { type Queryable, type Sql, sql, type Tx } from '../../../db/index.js';

export const PLACE_FATES = ['destroyed', 'overwritten', 'never_held'] as const;
/** What became of a place that is not registered any more. */
export type PlaceFate = (typeof PLACE_FATES)[number];

export interface PlaceRow {
  id: string;
  first_seen: Date;
  ended_at: Date | null;
  fate: PlaceFate | null;
  /** Ended by one person, before that took two. */
  ended_by_one: boolean;
}

export function placeRows(on: Queryable): Promise<PlaceRow[]> {
  return on.many<PlaceRow>(sql`select id, first_seen, ended_at, fate, ended_by_one from keystore_places order by first_seen, id`);
}

/** A place by what somebody typed. */
export function findPlace(on: Queryable, id: string): Promise<PlaceRow | undefined> {
  return on.maybe<PlaceRow>(sql`select id, first_seen, ended_at, fate, ended_by_one from keystore_places where id::text = ${id}`);
}

/** Notes places that were not known; those that were new. */
export async function insertPlaces(tx: Tx, ids: readonly string[], at: Date): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`
    insert into keystore_places (id, first_seen) select id, ${at}::timestamptz from unnest(${[...ids]}::uuid[]) as t (id) on conflict do nothing returning id`);
  return rows.map((row) => row.id);
}

/** That a place is gone: asked for by one person, confirmed or refused by another. */
export interface PlaceEnd {
  id: string;
  place: string;
  fate: PlaceFate;
  words: Buffer;
  proposedAt: Date;
  proposedPerson: string;
  proposedBy: string;
  decidedAt: Date | null;
  decidedPerson: string | null;
  decidedBy: string | null;
  decision: 'confirmed' | 'refused' | null;
  seal: Buffer | null;
  executedAt: Date | null;
}

const COLUMNS = sql`id, place_id as place, fate, words, proposed_at as "proposedAt", proposed_person as "proposedPerson", proposed_pseudonym as "proposedBy",
  decided_at as "decidedAt", decided_person as "decidedPerson", decided_pseudonym as "decidedBy", decision, seal, executed_at as "executedAt"`;

const ends = (on: Queryable, rest: Sql): Promise<PlaceEnd[]> => on.many<PlaceEnd>(sql`select ${COLUMNS} from keystore_place_ends ${rest}`);

/** The newest first. */
export const selectEnds = (on: Queryable, limit: number): Promise<PlaceEnd[]> => ends(on, sql`order by proposed_at desc, id desc limit ${limit}`);

/** Those that were carried out. */
export const executedEnds = (on: Queryable): Promise<PlaceEnd[]> => ends(on, sql`where executed_at is not null`);

export const lockEnd = async (tx: Tx, id: string): Promise<PlaceEnd | undefined> => (await ends(tx, sql`where id = ${id} for update`))[0];

/** What was confirmed of a place and was not carried out yet. */
export const lockConfirmed = async (tx: Tx, place: string): Promise<PlaceEnd | undefined> =>
  (await ends(tx, sql`where place_id = ${place} and decision = 'confirmed' and executed_at is null order by decided_at desc limit 1 for update`))[0];

/** `false` where one is open. */
export async function insertEnd(
  tx: Tx,
  one: Pick<PlaceEnd, 'id' | 'place' | 'fate' | 'words' | 'proposedAt' | 'proposedPerson' | 'proposedBy'>,
): Promise<boolean> {
  const made = await tx.many(sql`
    insert into keystore_place_ends (id, place_id, fate, words, proposed_at, proposed_person, proposed_pseudonym)
    values (${one.id}, ${one.place}, ${one.fate}, ${one.words}, ${one.proposedAt}, ${one.proposedPerson}, ${one.proposedBy}) on conflict do nothing returning id`);
  return made.length > 0;
}

export async function decideEnd(
  tx: Tx,
  id: string,
  one: { at: Date; person: string; pseudonym: string; decision: 'confirmed' | 'refused'; seal: Buffer | null },
): Promise<void> {
  await tx.run(sql`
    update keystore_place_ends set decided_at = ${one.at}, decided_person = ${one.person}, decided_pseudonym = ${one.pseudonym}, decision = ${one.decision}, seal = ${one.seal}
    where id = ${id}`);
}

/** Carries out what was confirmed; `false` where the place was ended already. */
export async function endPlace(tx: Tx, one: PlaceEnd, at: Date): Promise<boolean> {
  await tx.run(sql`update keystore_place_ends set executed_at = ${at} where id = ${one.id}`);
  return (await tx.run(sql`update keystore_places set ended_at = ${at}, fate = ${one.fate} where id = ${one.place} and ended_at is null`)) === 1;
}
