import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { carryRestriction, onEach, PIECES_AT_ONCE } from './carry.js';
import { endReadingsOfClient, setPlace } from './pieces-store.js';
import { onRestriction } from './refusal.js';
import {
  decideRestriction,
  endReadingsOf,
  holdRecords,
  keepRestriction,
  lockRestriction,
  releaseNamed,
  releaseRestriction,
  restrictNamed,
  setCount,
  type RestrictionRow,
} from './store.js';
import { afterStep, type RestrictionState, type RestrictionStep } from './values.js';

/** What an answer changed. */
export interface RestrictionAnswered {
  state: RestrictionRow['state'];
  /** Records that are restricted, or free, from now on; `setting` and `releasing` go on by themselves. */
  records: number;
}

/**
 * Answers what was proposed on a restriction: to set it, or to release it. Agreeing takes another person than the one who
 * proposed it, by person; refusing is open to that person too. From the moment of agreement the records are not read, readings that were
 * open on them end, and they are not found; those of a client with very many leave the lists piece by piece, and it is called restricted
 * once the last one has.
 */
export async function answerRestriction(deps: RecordsDeps, actor: Actor, input: { id: string; agree: boolean }): Promise<RestrictionAnswered> {
  return onRestriction(deps, actor, { act: 'privacy.decide', id: input.id }, async () => {
    deps.access.authorize(actor, 'privacy.decide');
    const by = actor.personId;
    if (by === null) throw new CodedError('forbidden');
    const answered = await deps.db.tx(async (tx) => {
      // before the row: whoever takes a record in waits, instead of waiting for each other
      if (input.agree) await holdRecords(tx);
      const row = await lockRestriction(tx, input.id);
      if (!row) throw new CodedError('not_found');
      const releases = row.state === 'release_proposed';
      const step: RestrictionStep = releases ? (input.agree ? 'release' : 'refuse_release') : input.agree ? 'agree' : 'refuse';
      const to = afterStep(row.state, step);
      if (to === undefined) throw new CodedError('wrong_state', { params: { state: row.state, step } });
      if (input.agree && by === (releases ? row.release_proposed_by : row.proposed_by)) throw new CodedError('same_person');
      return act(deps, tx, actor, row, step, by, to);
    });
    // everything of a client: the pieces, each a transaction of its own; what is left after these is gone on with by itself
    return answered.state === 'setting' || answered.state === 'releasing' ? carryRestriction(deps, actor, input.id, { pieces: PIECES_AT_ONCE }) : answered;
  });
}

async function act(
  deps: RecordsDeps,
  tx: Tx,
  actor: Actor,
  row: RestrictionRow,
  step: RestrictionStep,
  by: string,
  to: RestrictionState,
): Promise<RestrictionAnswered> {
  const at = deps.now();
  const client = row.client_number;
  const sets = step === 'agree';
  if (step === 'refuse') await decideRestriction(tx, row.id, { state: 'refused', by, at });
  else if (step === 'refuse_release') await keepRestriction(tx, row.id);
  else if (sets) await decideRestriction(tx, row.id, { state: client === null ? 'live' : 'setting', by, at });
  else await releaseRestriction(tx, row.id, { state: client === null ? 'released' : 'releasing', by, at });
  const goes = sets || step === 'release';
  const changed = !goes || client !== null ? [] : sets ? await restrictNamed(tx, row.id) : await releaseNamed(tx, row.id);
  const readings = !sets ? 0 : client === null ? await endReadingsOf(tx, changed, at) : await endReadingsOfClient(tx, client, at);
  if (goes && client !== null) await setPlace(tx, row.id, 0, null);
  else if (sets) await setCount(tx, row.id, changed.length);
  await deps.audit.append(tx, {
    actor,
    act: ACTS[step],
    subject: { kind: 'restriction', id: row.id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { ground: row.ground, ...(client === null ? { records: changed.length } : {}), readings },
  });
  await onEach(deps, tx, actor, row, sets, changed, at);
  return { state: goes && client !== null ? (sets ? 'setting' : 'releasing') : to, records: changed.length };
}

const ACTS = {
  agree: 'restriction.agree',
  refuse: 'restriction.refuse',
  propose_release: 'restriction.release_propose',
  release: 'restriction.release',
  refuse_release: 'restriction.release_refuse',
} as const satisfies Record<RestrictionStep, string>;
