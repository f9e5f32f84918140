import type { Actor } from '../../audit/index.js';
import { dayOf, type Period } from '../../classification/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { DispositionDeps } from './deps.js';
import { endAppraisal } from './group-store.js';
import { standingOf } from './people.js';
import { onOne, oneAtATime } from './refusal.js';
import { seal } from './seals.js';
import {
  addDue,
  decideItems,
  insertAppraisal,
  insertStep,
  lockAppraisal,
  nextNumber,
  setUntil,
  stepsOf,
  takeOut,
  termsOf,
  undoStep,
  type AppraisalRow,
  type ItemFilter,
  type StepRow,
  type TermRow,
  type Wanted,
} from './store.js';
import { extendTerm, type Extended } from './term.js';
import { APPRAISAL_LIMITS, type Proposal } from './values.js';

export type NewAppraisal = Wanted;

/** Begins an appraisal over due records of one department. An empty one is none. */
export async function createAppraisal(
  deps: DispositionDeps,
  actor: Actor,
  wanted: NewAppraisal,
): Promise<{ id: string; number: string; items: number; cut: boolean }> {
  const { policy } = deps.access.authorize(actor, 'appraisal.make');
  await deps.assertOpen();
  const who = standingOf(deps, actor);
  const most = deps.dispositionRules().most_records;
  if ((wanted.records?.length ?? 0) > most) throw invalidField('records', 'too_many', { max: most });
  const id = newId();
  const at = deps.now();
  return oneAtATime(() =>
    deps.db.tx(async (tx) => {
      const number = await nextNumber(tx, 'appraisal', dayOf(at, deps.settings.zone).y);
      await insertAppraisal(tx, { id, number, by: who.personId, at });
      const items = await addDue(tx, id, wanted, deps.access.where(actor, 'record.list', 'r'), most);
      if (items === 0) throw invalidField(wanted.records === undefined ? 'department' : 'records', 'nothing_due');
      await deps.audit.append(tx, {
        actor,
        act: 'appraisal.create',
        subject: { kind: 'appraisal', id },
        decision: 'allow',
        policy,
        facts: { number, department: wanted.department, count: items },
      });
      return { id, number, items, cut: items === most };
    }),
  );
}

/** Runs a change of a draft by its maker, under its lock. */
async function onDraft<T>(
  deps: DispositionDeps,
  actor: Actor,
  id: string,
  step: string,
  work: (tx: Tx, row: AppraisalRow, policy: string) => Promise<T>,
): Promise<T> {
  return onOne(deps, actor, { of: 'appraisal', id, step }, async () => {
    const { policy } = deps.access.authorize(actor, 'appraisal.make');
    const who = standingOf(deps, actor);
    return deps.db.tx(async (tx) => {
      const row = await lockAppraisal(tx, id);
      if (row === undefined) throw new CodedError('not_found');
      if (row.state !== 'draft') throw new CodedError('wrong_state', { params: { state: row.state, step } });
      if (row.made_by !== who.personId) throw new CodedError('forbidden', { detail: 'a draft is changed by its maker' });
      return work(tx, row, policy);
    });
  });
}

export interface ProposeInput {
  appraisalId: string;
  /** Which records: all that fit. */
  which: ItemFilter;
  proposal: Proposal;
  /** The new term, counted from the original anchor. */
  period?: Period | undefined;
  /** Legal basis of keeping for good. */
  basis?: string | undefined;
  reason: string;
}

/** One decision for many records of a draft; it can be taken back until the draft is submitted. */
export async function proposeFor(deps: DispositionDeps, actor: Actor, input: ProposeInput): Promise<{ step: number; items: number }> {
  return onDraft(deps, actor, input.appraisalId, 'propose', async (tx, row, policy) => {
    const reason = input.reason.trim();
    if (reason === '') throw invalidField('reason', 'requires_reason');
    if (reason.length > APPRAISAL_LIMITS.reason) throw invalidField('reason', 'too_long', { max: APPRAISAL_LIMITS.reason });
    const period = input.proposal === 'extend' ? newPeriod(input.period) : null;
    const basis = input.proposal === 'keep' ? legalBasis(input.basis) : null;
    const meant = await termsOf(tx, row.id, input.which);
    if (meant.length === 0) throw invalidField('which', 'nothing_chosen');
    const items = meant.map((one) => ({ record: one.record_id, until: period === null ? null : untilOf(one, period) }));
    const step = ((await stepsOf(tx, row.id)).at(-1)?.step ?? 0) + 1;
    await insertStep(tx, row.id, {
      step,
      by: row.made_by,
      at: deps.now(),
      proposal: input.proposal,
      years: period?.years ?? null,
      months: period?.months ?? null,
      basis,
      reason: seal(deps, `appraisal/${row.id}/step/${step}`, reason),
      items: items.length,
    });
    await decideItems(tx, row.id, step, items);
    await deps.audit.append(tx, {
      actor,
      act: 'appraisal.propose',
      subject: { kind: 'appraisal', id: row.id },
      decision: 'allow',
      policy,
      facts: {
        number: row.number,
        step,
        proposal: input.proposal,
        count: items.length,
        ...(period === null ? {} : { years: period.years, months: period.months }),
      },
      side: { reason },
    });
    return { step, items: items.length };
  });
}

function newPeriod(period: Period | undefined): Period {
  if (period === undefined || period.years * 12 + period.months <= 0) throw invalidField('period', 'requires_period');
  return period;
}

function legalBasis(text: string | undefined): string {
  const basis = text?.trim() ?? '';
  if (basis === '') throw invalidField('basis', 'requires_basis');
  if (basis.length > APPRAISAL_LIMITS.basis) throw invalidField('basis', 'too_long', { max: APPRAISAL_LIMITS.basis });
  return basis;
}

type Term = Pick<TermRow, 'term_until' | 'term_maximum' | 'term_reasons'>;
const extendedBy = (one: Term, period: Period): Extended => extendTerm({ until: one.term_until, maximum: one.term_maximum, reasons: one.term_reasons }, period);

function untilOf(one: Term, period: Period): string {
  const extended = extendedBy(one, period);
  if ('refused' in extended) throw invalidField('period', extended.refused, { until: one.term_until, maximum: one.term_maximum ?? '' });
  return extended.until;
}

/** Takes back the last decision that still stands. */
export async function undoLast(deps: DispositionDeps, actor: Actor, input: { appraisalId: string; step: number }): Promise<{ items: number }> {
  return onDraft(deps, actor, input.appraisalId, 'undo', async (tx, row, policy) => {
    const last = (await stepsOf(tx, row.id)).findLast((one) => one.undone_at === null);
    if (last === undefined || last.step !== input.step) throw new CodedError('conflict', { detail: 'only the last decision is taken back' });
    const { items, extended } = await undoStep(tx, row.id, last.step, deps.now());
    await restoreUntil(tx, row.id, extended);
    await deps.audit.append(tx, {
      actor,
      act: 'appraisal.undo',
      subject: { kind: 'appraisal', id: row.id },
      decision: 'allow',
      policy,
      facts: { number: row.number, step: last.step, count: items },
    });
    return { items };
  });
}

const periodOf = (one: Pick<StepRow, 'years' | 'months'> | undefined): Period => ({ years: one?.years ?? 0, months: one?.months ?? 0 });

/**
 * Computes what the extensions come to that stand again for these records. One that fits the record's term no more is left
 * without a day: whoever submits is told, and whoever takes back another decision is not kept from it.
 */
async function restoreUntil(tx: Tx, id: string, records: readonly string[]): Promise<void> {
  if (records.length === 0) return;
  const steps = new Map((await stepsOf(tx, id)).map((one) => [one.step, one]));
  const items = (await termsOf(tx, id, { proposal: 'extend', records })).map((one) => {
    const extended = extendedBy(one, periodOf(steps.get(one.step ?? 0)));
    return { record: one.record_id, until: 'until' in extended ? extended.until : null };
  });
  await setUntil(tx, id, items);
}

/** Computes again what every proposed extension comes to; one that fits no more is refused. */
export async function renewUntil(tx: Tx, id: string): Promise<void> {
  const steps = new Map((await stepsOf(tx, id)).map((one) => [one.step, one]));
  const extended = await termsOf(tx, id, { proposal: 'extend' });
  await setUntil(
    tx,
    id,
    extended.map((one) => ({ record: one.record_id, until: untilOf(one, periodOf(steps.get(one.step ?? 0))) })),
  );
}

/** Takes records out of a draft: they wait among what is due as before. */
export async function takeOutOf(deps: DispositionDeps, actor: Actor, input: { appraisalId: string; which: ItemFilter }): Promise<{ items: number }> {
  return onDraft(deps, actor, input.appraisalId, 'take_out', async (tx, row, policy) => {
    const items = await takeOut(tx, row.id, input.which);
    if (items === 0) throw invalidField('which', 'nothing_chosen');
    await deps.audit.append(tx, {
      actor,
      act: 'appraisal.take_out',
      subject: { kind: 'appraisal', id: row.id },
      decision: 'allow',
      policy,
      facts: { number: row.number, count: items },
    });
    return { items };
  });
}

/** Gives an appraisal up before it is decided, by whoever may make one; what was signed stays on it. */
export async function withdrawAppraisal(deps: DispositionDeps, actor: Actor, id: string): Promise<void> {
  await onOne(deps, actor, { of: 'appraisal', id, step: 'withdraw' }, async () => {
    const { policy } = deps.access.authorize(actor, 'appraisal.make');
    await deps.db.tx(async (tx) => {
      const row = await lockAppraisal(tx, id);
      if (row === undefined) throw new CodedError('not_found');
      if (row.state !== 'draft' && row.state !== 'signing') throw new CodedError('wrong_state', { params: { state: row.state, step: 'withdraw' } });
      await endAppraisal(tx, id, 'withdrawn', deps.now());
      await deps.audit.append(tx, {
        actor,
        act: 'appraisal.withdraw',
        subject: { kind: 'appraisal', id },
        decision: 'allow',
        policy,
        facts: { number: row.number, from: row.state },
      });
    });
  });
}
