import type { KeyObject } from 'node:crypto';
import { newId, type Tx } from '../../db/index.js';
import { openField, sealField } from '../../crypto/index.js';
import { CodedError, invalidField, isCoded } from '../../errors/index.js';
import type { Audit } from '../audit.js';
import type { Actor, EntryInput } from '../types.js';
import { type Assessed, type AssessDeps, assessLog } from './assess.js';
import { BREAK_REASONS, type BreakReason, type BrokenLog, type LogPoint, sealOf } from './break.js';
import { agreedOf, type BreakRow, decideBreak, insertBreak, lockBreak, selectBreaks } from './break-store.js';

/** Rights on closing a log of which something is lost: the first person's, the second's, and that of looking. */
export type BreakRight = 'log.view_break' | 'log.propose_break' | 'log.agree_break';

export interface CloseDeps extends AssessDeps {
  audit: Pick<Audit, 'append'>;
  authorize: (actor: Actor, right: BreakRight) => { policy: string } | Promise<{ policy: string }>;
}

const LONGEST = 2000;
/** Words belong to who said them of what: a proposal that was written into the database by hand has none that open. */
const context = (one: Pick<BreakRow, 'id' | 'log' | 'reason' | 'proposedPerson' | 'proposedBy'>): string =>
  `lantai/log-break/v1/${[one.id, one.log, one.reason, one.proposedPerson, one.proposedBy].join('/')}`;

/** The words of a proposal; `undefined` where it is not one that was made here. */
function wordsOf(key: KeyObject, row: BreakRow): string | undefined {
  try {
    return openField(key, context(row), row.words);
  } catch (error) {
    if (isCoded(error, 'content_damaged')) return undefined;
    throw error;
  }
}

function personOf(actor: Actor): string {
  if (actor.kind !== 'person' || actor.personId === null) throw new CodedError('forbidden');
  return actor.personId;
}

const facts = (id: string, one: BrokenLog, reason: string): NonNullable<EntryInput['facts']> => ({
  decision: id,
  reason,
  held: String(one.held.size),
  ...(one.published === null ? {} : { published: String(one.published.size) }),
  ...(one.signed === null ? {} : { signed: String(one.signed.size) }),
});

/**
 * Proposes to close a log that cannot go on because something of it is lost. It stays closed to readers until another person agrees.
 * Nothing here waits for the log to be signed: it cannot be.
 * @throws `conflict` where the log fits what was signed, or a proposal is open
 */
export async function proposeBreak(deps: CloseDeps, actor: Actor, input: { reason: BreakReason; words: string }): Promise<string> {
  const person = personOf(actor);
  const { policy } = await deps.authorize(actor, 'log.propose_break');
  const words = input.words.trim();
  if (!BREAK_REASONS.includes(input.reason)) throw invalidField('reason', 'invalid');
  if (words === '') throw invalidField('words', 'requires_reason');
  if (words.length > LONGEST) throw invalidField('words', 'too_long', { max: LONGEST });
  const broken = await assessLog(deps);
  if (!broken) throw new CodedError('conflict', { detail: 'the log fits what was signed' });
  const id = newId();
  const sealed = sealField(
    deps.keystore.secret('log-breaks'),
    context({ id, log: broken.log, reason: input.reason, proposedPerson: person, proposedBy: actor.pseudonym }),
    words,
  );
  await deps.db.tx(async (tx) => {
    if (!(await insertBreak(tx, { ...broken, id, reason: input.reason, words: sealed, at: deps.now(), person, pseudonym: actor.pseudonym })))
      throw new CodedError('conflict', { detail: 'a proposal is open' });
    await append(deps, tx, actor, 'log.break.propose', broken.log, policy, facts(id, broken, input.reason), { reason: words });
  });
  return id;
}

/**
 * Agrees to a proposal, or refuses it. Whoever agrees is another person, and the log must stand as it did: then the log is closed, and
 * one of the same year goes on, opened by an entry that says what is lost.
 * @throws `same_person`; `conflict` where it was decided, or things have changed
 */
export async function decideOnBreak(deps: CloseDeps, actor: Actor, id: string, agree: boolean): Promise<void> {
  const person = personOf(actor);
  const { policy } = await deps.authorize(actor, 'log.agree_break');
  const broken = agree ? await assessLog(deps) : null;
  const key = deps.keystore.secret('log-breaks');
  const refused = await deps.db.tx(async (tx) => {
    const row = await lockBreak(tx, id);
    if (!row) throw new CodedError('not_found');
    if (row.decision !== null) throw new CodedError('conflict', { detail: 'this was decided' });
    if (agree && row.proposedPerson === person) {
      await append(deps, tx, actor, 'log.break.agree', row.log, policy, { ...facts(id, row, row.reason), why: 'same_person' }, undefined, 'deny');
      return new CodedError('same_person');
    }
    if (agree && wordsOf(key, row) === undefined) throw new CodedError('conflict', { detail: 'the proposal was not made here' });
    if (agree && !(broken && isSame(row, broken))) throw new CodedError('conflict', { detail: 'the log stands otherwise than when it was proposed' });
    const seal = agree ? sealOf(key, agreedOf(row, actor.pseudonym)) : null;
    await decideBreak(tx, id, { at: deps.now(), person, pseudonym: actor.pseudonym, decision: agree ? 'agreed' : 'refused', seal });
    await append(deps, tx, actor, agree ? 'log.break.agree' : 'log.break.refuse', row.log, policy, facts(id, row, row.reason));
    return undefined;
  });
  if (refused) throw refused;
}

export interface BreakView extends Omit<BreakRow, 'words'> {
  /** Empty where the proposal was not made here. */
  words: string;
}

/** How the log stands, and what was proposed. Looking is on record, and does not wait for the log. */
export async function viewBreaks(deps: CloseDeps, actor: Actor): Promise<{ broken: Assessed | null; breaks: BreakView[] }> {
  const { policy } = await deps.authorize(actor, 'log.view_break');
  await deps.db.tx((tx) => append(deps, tx, actor, 'log.break.view', 'all', policy));
  const [broken, rows] = await Promise.all([assessLog(deps), selectBreaks(deps.db, 20)]);
  const key = deps.keystore.secret('log-breaks');
  const breaks = rows.map((row) => ({ ...row, words: wordsOf(key, row) ?? '' }));
  return { broken, breaks };
}

async function append(
  deps: CloseDeps,
  tx: Tx,
  actor: Actor,
  act: string,
  log: string,
  policy: string,
  said?: EntryInput['facts'],
  side?: EntryInput['side'],
  decision: EntryInput['decision'] = 'allow',
): Promise<void> {
  const rest = { ...(said ? { facts: said } : {}), ...(side ? { side } : {}) };
  await deps.audit.append(tx, { actor, act, subject: { kind: 'log', id: log }, decision, policy, ...rest });
}

function isSame(one: BrokenLog, other: BrokenLog): boolean {
  const same = (a: LogPoint | null, b: LogPoint | null): boolean => a === b || (a !== null && b !== null && a.size === b.size && a.root.equals(b.root));
  return one.log === other.log && same(one.signed, other.signed) && same(one.held, other.held) && one.held.digest.equals(other.held.digest);
}
