import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { insertHistory } from '../arrange/store.js';
import type { RecordsDeps } from '../deps.js';
import { onRestriction } from './refusal.js';
import {
  decideRestriction,
  endReadingsOf,
  holdRecords,
  keepRestriction,
  lockRestriction,
  releaseCovered,
  releaseRestriction,
  restrictCovered,
  setCount,
  type RestrictionRow,
} from './store.js';
import { afterStep, type RestrictionStep } from './values.js';

/** What an answer changed. */
export interface RestrictionAnswered {
  state: RestrictionRow['state'];
  /** Records that are restricted, or free, from now on. */
  records: number;
}

/**
 * Answers what was proposed on a restriction: to set it, or to release it. Agreeing takes another person than the one who
 * proposed it, by person; refusing is open to that person too. From the moment of agreement the records are neither found
 * nor read; readings that were open on them end.
 */
export async function answerRestriction(deps: RecordsDeps, actor: Actor, input: { id: string; agree: boolean }): Promise<RestrictionAnswered> {
  return onRestriction(deps, actor, { act: 'privacy.decide', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.decide');
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    return deps.db.tx(async (tx) => {
      // before the row: whoever takes a record in waits, instead of waiting for each other
      if (input.agree) await holdRecords(tx);
      const row = await lockRestriction(tx, input.id);
      if (!row) throw new CodedError('not_found');
      const releases = row.state === 'release_proposed';
      const step: RestrictionStep = releases ? (input.agree ? 'release' : 'refuse_release') : input.agree ? 'agree' : 'refuse';
      const to = afterStep(row.state, step);
      if (to === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step } });
      if (input.agree && by === (releases ? row.release_proposed_by : row.proposed_by)) throw new CodedError('same_person');
      const records = await act(deps, tx, actor, row, step, by);
      return { state: to, records };
    });
  });
}

async function act(deps: RecordsDeps, tx: Tx, actor: Actor, row: RestrictionRow, step: RestrictionStep, by: string): Promise<number> {
  const at = deps.now();
  if (step === 'refuse') await decideRestriction(tx, row.id, { state: 'refused', by, at });
  else if (step === 'refuse_release') await keepRestriction(tx, row.id);
  else if (step === 'agree') await decideRestriction(tx, row.id, { state: 'live', by, at });
  else await releaseRestriction(tx, row.id, { by, at });
  const changed =
    step === 'agree' ? await restrictCovered(tx, row.id, row.client_number) : step === 'release' ? await releaseCovered(tx, row.id, row.client_number) : [];
  const readings = step === 'agree' && changed.length > 0 ? await endReadingsOf(tx, changed, at) : 0;
  if (step === 'agree') await setCount(tx, row.id, changed.length);
  await deps.audit.append(tx, {
    actor,
    act: ACTS[step],
    subject: { kind: 'restriction', id: row.id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { ground: row.ground, records: changed.length, readings },
  });
  await onEach(deps, tx, actor, row, step, changed, at);
  return changed.length;
}

const ACTS = {
  agree: 'restriction.agree',
  refuse: 'restriction.refuse',
  propose_release: 'restriction.release_propose',
  release: 'restriction.release',
  refuse_release: 'restriction.release_refuse',
} as const satisfies Record<RestrictionStep, string>;

/** Each record's own entry and history, so that its timeline says it too. */
async function onEach(
  deps: RecordsDeps,
  tx: Tx,
  actor: Actor,
  row: RestrictionRow,
  step: RestrictionStep,
  changed: readonly string[],
  at: Date,
): Promise<void> {
  if (changed.length === 0) return;
  const set = step === 'agree';
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
