import type { Actor, EntryInput } from '../../../audit/index.js';
import { newId } from '../../../db/index.js';
import { CodedError, invalidField } from '../../../errors/index.js';
import type { KeeperDeps } from '../../types.js';
import { isConfirmed, sealOf, sealWords, wordsOf } from './seals.js';
import { decideEnd, endPlace, findPlace, insertEnd, lockConfirmed, lockEnd, PLACE_FATES, type PlaceEnd, type PlaceFate, selectEnds } from './store.js';

const LONGEST = 2000;
const SHOWN = 50;
/** What was confirmed is carried out within so many days, or asked for anew: much may come back in a longer time. */
export const CONFIRMED_DAYS = 30;
const DAY = 86_400_000;

function personOf(actor: Actor): string {
  if (actor.kind !== 'person' || actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

const entry = (actor: Actor, act: string, one: Pick<PlaceEnd, 'id' | 'place' | 'fate'>, policy: string): EntryInput => ({
  actor,
  act,
  subject: { kind: 'key', id: one.place },
  decision: 'allow',
  policy,
  facts: { fate: one.fate, end: one.id },
});

/** One that can be reached is not gone. */
async function mustBeAway(deps: KeeperDeps, place: string): Promise<void> {
  const there = await deps.keystore.identities();
  if (there.some((one) => one.id === place)) throw new CodedError('conflict', { detail: 'this place of the keystore can be reached' });
}

/**
 * Asks that a place be ended: it is gone for good, and how that is known. It ends nothing.
 * @throws `not_found`; `conflict` where it can be reached, was ended, or this was asked already
 */
export async function proposePlaceEnd(deps: KeeperDeps, actor: Actor, input: { place: string; fate: PlaceFate; words: string }): Promise<string> {
  const person = personOf(actor);
  const { policy } = await deps.authorize(actor, 'key.propose_end');
  const words = input.words.trim();
  if (!PLACE_FATES.includes(input.fate)) throw invalidField('fate', 'invalid');
  if (words === '') throw invalidField('words', 'requires_reason');
  if (words.length > LONGEST) throw invalidField('words', 'too_long', { max: LONGEST });
  const place = await findPlace(deps.db, input.place);
  if (!place) throw new CodedError('not_found');
  if (place.ended_at !== null) throw new CodedError('conflict', { detail: 'this place was ended' });
  await mustBeAway(deps, place.id);
  const made = { id: newId(), place: place.id, fate: input.fate, proposedPerson: person, proposedBy: actor.pseudonym };
  await deps.db.tx(async (tx) => {
    const sealed = sealWords(deps.keystore, made, words);
    if (!(await insertEnd(tx, { ...made, words: sealed, proposedAt: deps.now() }))) throw new CodedError('conflict', { detail: 'this was asked for already' });
    await deps.audit.append(tx, { ...entry(actor, 'key.propose_end', made, policy), side: { reason: words } });
  });
  return made.id;
}

/**
 * Confirms that a place is gone, or refuses. Whoever confirms is another person. Confirmed, it is ended by the command on the machine.
 * @throws `same_person`; `conflict` where it was decided, was not asked for here, or the place is there again
 */
export async function decidePlaceEnd(deps: KeeperDeps, actor: Actor, id: string, agree: boolean): Promise<void> {
  const person = personOf(actor);
  const { policy } = await deps.authorize(actor, 'key.confirm_end');
  const refused = await deps.db.tx(async (tx) => {
    const found = await lockEnd(tx, id);
    if (!found) throw new CodedError('not_found');
    if (found.decision !== null) throw new CodedError('conflict', { detail: 'this was decided' });
    const told = entry(actor, agree ? 'key.confirm_end' : 'key.refuse_end', found, policy);
    if (agree && found.proposedPerson === person) {
      await deps.audit.append(tx, { ...told, decision: 'deny', facts: { ...told.facts, why: 'same_person' } });
      return new CodedError('same_person');
    }
    if (agree && wordsOf(deps.keystore, found) === undefined) throw new CodedError('conflict', { detail: 'this was not asked for here' });
    if (agree) await mustBeAway(deps, found.place);
    const seal = agree ? sealOf(deps.keystore, found, person, actor.pseudonym) : null;
    await decideEnd(tx, id, { at: deps.now(), person, pseudonym: actor.pseudonym, decision: agree ? 'confirmed' : 'refused', seal });
    await deps.audit.append(tx, told);
    return undefined;
  });
  if (refused) throw refused;
}

/**
 * Ends a place as two persons have confirmed it: same place, same fate, of late, and it is still away. From then on no destruction waits
 * for it, and the keystore is refused where it comes back.
 * @throws `not_found` without such a place; `second_person` where this was not confirmed; `conflict` where it can be reached
 */
export async function forgetPlace(deps: KeeperDeps, actor: Actor, id: string, fate: PlaceFate): Promise<void> {
  const { policy } = await deps.authorize(actor, 'key.rotate');
  const place = await findPlace(deps.db, id);
  if (!place || place.ended_at !== null) throw new CodedError('not_found');
  await mustBeAway(deps, place.id);
  await deps.db.tx(async (tx) => {
    const found = await lockConfirmed(tx, place.id);
    const now = deps.now();
    if (!found || found.fate !== fate || !isConfirmed(deps.keystore, found) || now.getTime() - (found.decidedAt?.getTime() ?? 0) > CONFIRMED_DAYS * DAY)
      throw new CodedError('second_person', { detail: 'the end of this place was not confirmed' });
    if (!(await endPlace(tx, found, now))) throw new CodedError('not_found');
    const told = entry(actor, 'key.end_place', found, policy);
    await deps.audit.append(tx, { ...told, facts: { ...told.facts, proposed: found.proposedBy, confirmed: found.decidedBy ?? '' } });
  });
}

export interface PlaceEndView extends Omit<PlaceEnd, 'words'> {
  /** Empty where it was not asked for here. */
  words: string;
}

/** What was asked for and decided, the newest first; looking is on record. */
export async function listPlaceEnds(deps: KeeperDeps, actor: Actor): Promise<PlaceEndView[]> {
  const { policy } = await deps.authorize(actor, 'key.status');
  const rows = await selectEnds(deps.db, SHOWN);
  await deps.db.tx((tx) =>
    deps.audit.append(tx, { actor, act: 'key.view_ends', subject: { kind: 'key', id: 'all' }, decision: 'allow', policy, facts: { shown: rows.length } }),
  );
  return rows.map((row) => ({ ...row, words: wordsOf(deps.keystore, row) ?? '' }));
}
