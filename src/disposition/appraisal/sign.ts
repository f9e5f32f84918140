import { assertSecondFactor } from '../../access/index.js';
import type { Actor, EntryInput } from '../../audit/index.js';
import { newId, TRUE, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { Reason } from '../../retention/index.js';
import type { DispositionDeps } from './deps.js';
import { appraisalDigest, type AppraisedItem } from './digest.js';
import { renewUntil } from './draft.js';
import {
  endAppraisal,
  extendRecords,
  insertDissents,
  insertMembers,
  lockRecords,
  membersOf,
  setOutcomes,
  signMember,
  submitAppraisal,
  type MemberRow,
  type NewExtension,
} from './group-store.js';
import { fits, standingOf, unfilled } from './people.js';
import { onOne } from './refusal.js';
import { profileIn } from './rules.js';
import { seal, unseal } from './seals.js';
import { itemsOf, lockAppraisal, stepsOf, termsOf, type AppraisalRow, type ItemRow, type StepRow } from './store.js';
import { extendTerm, withExtension } from './term.js';
import { APPRAISAL_LIMITS, FOREVER, type AppraisalOutcome } from './values.js';

/** The list with its proposals, as it is signed. */
async function listOf(deps: DispositionDeps, tx: Tx, row: AppraisalRow): Promise<{ items: ItemRow[]; steps: Map<number, StepRow>; digest: Buffer }> {
  const items = await itemsOf(tx, row.id, TRUE);
  const steps = new Map((await stepsOf(tx, row.id)).map((one) => [one.step, one]));
  const reasons = new Map([...steps.values()].map((one) => [one.step, unseal(deps, `appraisal/${row.id}/step/${one.step}`, one.reason_sealed)]));
  const listed = items.map((one): AppraisedItem => {
    if (one.step === null || one.proposal === null) throw invalidField('which', 'undecided');
    const { position, record_id: record, proposal, new_until: until, basis } = one;
    return { position, record, archivalCode: one.archival_code ?? '', proposal, until, basis, reason: reasons.get(one.step) ?? '' };
  });
  return { items, steps, digest: appraisalDigest(row.number, listed) };
}

/** Submits a draft to the group: from here on nothing of it changes, and everybody signs exactly this list. */
export async function submitToGroup(deps: DispositionDeps, actor: Actor, id: string): Promise<{ digest: string }> {
  return onOne(deps, actor, { of: 'appraisal', id, step: 'submit' }, async () => {
    const { policy } = deps.access.authorize(actor, 'appraisal.make');
    const who = standingOf(deps, actor);
    const rules = deps.dispositionRules();
    const { group } = profileIn(rules, deps.rules().profile.profile);
    return deps.db.tx(async (tx) => {
      const row = await lockAppraisal(tx, id);
      if (row === undefined) throw new CodedError('not_found');
      if (row.state !== 'draft') throw new CodedError('wrong_state', { params: { state: row.state, step: 'submit' } });
      if (row.made_by !== who.personId) throw new CodedError('forbidden', { detail: 'a draft is changed by its maker' });
      await renewUntil(tx, id);
      const { items, digest } = await listOf(deps, tx, row);
      if (items.length === 0) throw invalidField('which', 'nothing_chosen');
      const departments = [...new Set(items.map((one) => one.department))].sort();
      const places = group.flatMap((one) => (one.of === 'archive' ? [null] : departments).map((department) => ({ rule: one.id, role: one.role, department })));
      const missing = await unfilled(deps, places, []);
      if (missing.length > 0) throw invalidField('group', 'nobody_for', { role: missing.join(', ') });
      await insertMembers(tx, id, places);
      await submitAppraisal(tx, id, { digest, items: items.length, rules: rules.name, at: deps.now() });
      await deps.audit.append(tx, {
        actor,
        act: 'appraisal.submit',
        subject: { kind: 'appraisal', id },
        decision: 'allow',
        policy,
        facts: { number: row.number, count: items.length, digest: digest.toString('hex'), rules: rules.name, members: places.length },
      });
      return { digest: digest.toString('hex') };
    });
  });
}

export interface SignInput {
  appraisalId: string;
  /** The list that was shown, in hex: one that changed is not signed unseen. */
  digest: string;
  agree: boolean;
  /** Kept with a dissent; may say something with an agreement too. */
  opinion?: string | undefined;
  /** The records on which the member dissents; without any, on all of them. */
  dissentOn?: readonly string[] | undefined;
}

/** The place that somebody would fill: the first that is free and fits. Nobody fills two. */
export function placeFor(members: readonly MemberRow[], who: ReturnType<typeof standingOf>): MemberRow | undefined {
  if (members.some((one) => one.person_id === who.personId)) return undefined;
  return members.find((one) => one.answer === null && fits(one, who));
}

/** Signs an appraisal as a member of its group, with second factor. The last signature decides it in the same transaction. */
export async function signAppraisal(deps: DispositionDeps, actor: Actor, input: SignInput): Promise<{ state: 'signing' | 'decided' }> {
  return onOne(deps, actor, { of: 'appraisal', id: input.appraisalId, step: 'sign' }, async () => {
    const { policy } = deps.access.authorize(actor, 'appraisal.sign');
    assertSecondFactor(actor);
    const opinion = input.opinion?.trim() ?? '';
    if (!input.agree && opinion === '') throw invalidField('opinion', 'requires_reason');
    if (opinion.length > APPRAISAL_LIMITS.opinion) throw invalidField('opinion', 'too_long', { max: APPRAISAL_LIMITS.opinion });
    const who = standingOf(deps, actor);
    return deps.db.tx(async (tx) => {
      const row = await lockAppraisal(tx, input.appraisalId);
      const members = row === undefined ? [] : await membersOf(tx, [row.id]);
      // somebody who has no part in it does not learn that it is there
      if (row === undefined || !members.some((one) => one.person_id === who.personId || fits(one, who))) throw new CodedError('not_found');
      if (row.state !== 'signing' || row.digest === null) throw new CodedError('wrong_state', { params: { state: row.state, step: 'sign' } });
      const place = placeFor(members, who);
      if (place === undefined) throw new CodedError('same_person');
      if (row.digest.toString('hex') !== input.digest) throw new CodedError('changed');
      const answer = input.agree ? 'agree' : 'dissent';
      const named = input.agree ? [] : (input.dissentOn ?? []);
      const entry = await deps.audit.append(tx, {
        actor,
        act: input.agree ? 'appraisal.agree' : 'appraisal.dissent',
        subject: { kind: 'appraisal', id: row.id },
        decision: 'allow',
        policy,
        facts: { number: row.number, place: place.rule, digest: input.digest, ...(input.agree ? {} : { named: named.length }) },
        ...(opinion === '' ? {} : { side: { reason: opinion } }),
      });
      const sealed = opinion === '' ? null : seal(deps, `appraisal/${row.id}/opinion/${place.position}`, opinion);
      await signMember(tx, row.id, place.position, {
        person: who.personId,
        account: who.accountId,
        answer,
        digest: row.digest,
        opinion: sealed,
        at: deps.now(),
        entry: entry.id,
      });
      if (!input.agree && (await insertDissents(tx, row.id, place.position, named)) !== (named.length || (await itemsOf(tx, row.id, TRUE)).length))
        throw invalidField('dissentOn', 'not_known');
      const open = members.some((one) => one.answer === null && one !== place);
      if (open) return { state: 'signing' };
      await conclude(deps, tx, actor, row, policy);
      return { state: 'decided' };
    });
  });
}

/** What became of a record: a member's dissent keeps it from being destroyed, and so does whatever happened to it meanwhile. */
export function outcomeOf(item: Pick<ItemRow, 'state' | 'held' | 'restricted' | 'proposal' | 'dissents'>): AppraisalOutcome {
  if (item.state !== 'due' || item.proposal === null) return 'open';
  switch (item.proposal) {
    case 'destroy':
      return item.dissents > 0 || item.held || item.restricted ? 'open' : 'destroy';
    case 'extend':
      return 'extended';
    case 'transfer':
      return 'transfer';
    case 'keep':
      return 'kept';
  }
}

/** Every member has signed: terms are extended, the rest waits for its register or for transfer. */
async function conclude(deps: DispositionDeps, tx: Tx, actor: Actor, row: AppraisalRow, policy: string): Promise<void> {
  await lockRecords(tx, row.id);
  const { items, steps } = await listOf(deps, tx, row);
  const terms = new Map((await termsOf(tx, row.id, {})).map((one) => [one.record_id, one]));
  const decided = items.map((item) => {
    const period = { years: item.years ?? 0, months: item.months ?? 0 };
    const term = terms.get(item.record_id);
    const stored = { until: term?.term_until ?? '', maximum: term?.term_maximum ?? null, reasons: term?.term_reasons ?? [] };
    const extended = item.proposal === 'extend' ? extendTerm(stored, period) : undefined;
    // what would come to another day than was signed is appraised again
    const changed = extended !== undefined && ('refused' in extended || extended.until !== item.new_until);
    return { item, period, stored, extended, outcome: changed ? ('open' as const) : outcomeOf(item) };
  });
  await setOutcomes(
    tx,
    row.id,
    decided.map((one) => ({ record: one.item.record_id, outcome: one.outcome })),
  );
  await endAppraisal(tx, row.id, 'decided', deps.now());
  const count = (outcome: AppraisalOutcome): number => decided.filter((one) => one.outcome === outcome).length;
  await deps.audit.append(tx, {
    actor,
    act: 'appraisal.decide',
    subject: { kind: 'appraisal', id: row.id },
    decision: 'allow',
    policy,
    facts: {
      number: row.number,
      destroy: count('destroy'),
      extended: count('extended'),
      transfer: count('transfer'),
      kept: count('kept'),
      open: count('open'),
    },
  });
  const longer = decided.filter((one) => one.outcome === 'extended' || one.outcome === 'kept');
  const entries = await deps.audit.appendMany(
    tx,
    longer.map((one): EntryInput => {
      const until = one.outcome === 'kept' ? FOREVER : (one.item.new_until ?? '');
      const facts = { appraisal: row.number, previous_until: one.stored.until, until, ...(one.outcome === 'kept' ? {} : one.period) };
      return {
        actor,
        act: one.outcome === 'kept' ? 'record.keep' : 'record.extend',
        subject: { kind: 'record', id: one.item.record_id },
        decision: 'allow',
        policy,
        facts,
      };
    }),
  );
  const rows = longer.map((one, i): NewExtension => {
    const kept = one.outcome === 'kept';
    const basis = one.item.step === null ? null : (steps.get(one.item.step)?.basis ?? null);
    const reasons: Reason[] =
      one.extended !== undefined && 'until' in one.extended ? one.extended.reasons : withExtension(one.stored.reasons, { code: 'kept', basis: basis ?? '' });
    return {
      id: newId(),
      record: one.item.record_id,
      years: kept ? null : one.period.years,
      months: kept ? null : one.period.months,
      permanent: kept,
      basis,
      until: kept ? FOREVER : (one.item.new_until ?? ''),
      reasons: JSON.stringify(reasons),
      entry: entries[i]?.id ?? '',
      old_until: one.stored.until,
    };
  });
  await extendRecords(tx, row.id, deps.now(), actor.pseudonym, rows);
}
