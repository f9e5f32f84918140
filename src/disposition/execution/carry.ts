import { type Actor, type EntryInput, systemActor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { ExecutionDeps } from './deps.js';
import { type ClosureReport, pieces, type StepContext, WORK } from './steps/index.js';
import {
  failStep,
  findRun,
  finishStep,
  leaveOff,
  markDestroyed,
  markExecuted,
  recordsOf,
  type RunRow,
  runsToGoOn,
  stepsOf,
  tryAgainAt,
  tryCarry,
} from './store.js';
import type { Facts, Step } from './values.js';

const MINUTE = 60_000;
/** After a failure it is tried again in a minute, then two, four, … at most six hours. */
const LONGEST = 6 * 60 * MINUTE;
const BATCH = 500;

export type Carried =
  | { state: 'executed' }
  /** Another process is at it. */
  | { state: 'busy' }
  /** A step did not come to its end; it is tried again. */
  | { state: 'stuck'; step: Step; why: string };

/**
 * Carries a register out that its executor has begun: step after step, each repeated until it is done. It may be killed anywhere and
 * is taken up where it stood; a step that fails stays open, raises the alarm, and nothing after it begins. One process at a time.
 */
export async function carry(deps: ExecutionDeps, register: string, system: Actor = systemActor()): Promise<Carried> {
  const session = await deps.db.session();
  let carrying = false;
  try {
    carrying = await tryCarry(session, register);
    return carrying ? await carryAlone(deps, register, system) : { state: 'busy' };
  } finally {
    if (carrying) await leaveOff(session, register).catch(() => undefined);
    session.release(true); // closing the connection gives the lock back in any case
  }
}

async function carryAlone(deps: ExecutionDeps, register: string, system: Actor): Promise<Carried> {
  const run = await findRun(deps.db, register);
  if (!run) throw new CodedError('not_found', { detail: 'destruction' });
  if (run.executed_at !== null) return { state: 'executed' };
  const cause = { actor: system, policy: run.policy, destruction: register };
  const context: StepContext = { deps, run, cause, records: await recordsOf(deps.db, register) };
  for (const { step, state } of await stepsOf(deps.db, register)) {
    if (state === 'done') continue;
    const stuck = await attempt(context, step);
    if (stuck !== undefined) return { state: 'stuck', step, why: stuck };
  }
  return { state: 'executed' };
}

/** Takes up everything that was begun and is not carried out. */
export async function carryOn(deps: ExecutionDeps, system: Actor): Promise<void> {
  for (const register of await runsToGoOn(deps.db, deps.now())) {
    // what is out of reach for one does not keep the others waiting
    await carry(deps, register, system).catch((error: unknown) => outOfOrder(deps, register, error));
  }
}

/** The alarm for what failed outside any step: the database, mostly. */
export function outOfOrder(deps: ExecutionDeps, register: string, error: unknown, step = 'carry'): void {
  if (!(error instanceof CodedError)) deps.onFault?.(error);
  deps.onTrouble('destruction_stuck', { register, step, why: error instanceof CodedError ? error.code : 'internal', attempt: 0 });
}

/** One attempt at a step; the code of why it is not done, if it is not. */
async function attempt(context: StepContext, step: Step): Promise<string | undefined> {
  const from = performance.now();
  try {
    const outcome = await WORK[step](context);
    if (!outcome.done) return await fail(context, step, outcome.waits, outcome.facts);
    if (outcome.report) await finish(context, outcome.report, outcome.facts);
    else await done(context, step, outcome.facts);
    return undefined;
  } catch (error) {
    if (!(error instanceof CodedError)) context.deps.onFault?.(error);
    return await fail(context, step, error instanceof CodedError ? error.code : 'internal', {});
  } finally {
    context.deps.onStep?.(step, performance.now() - from);
  }
}

const entry = ({ run, cause }: StepContext, act: string, facts: Facts, decision: EntryInput['decision'] = 'allow'): EntryInput => ({
  actor: cause.actor,
  act,
  subject: { kind: 'destruction', id: run.register_id },
  decision,
  policy: cause.policy,
  facts,
});

async function done(context: StepContext, step: Step, facts: Facts): Promise<void> {
  const { deps, run } = context;
  await deps.db.tx(async (tx) => {
    if (!(await finishStep(tx, run.register_id, step, facts, deps.now()))) return;
    if (run.again_at !== null) await tryAgainAt(tx, run.register_id, null);
    await deps.audit.append(tx, entry(context, 'destruction.step', { step, ...facts }));
  });
}

/** Puts the failure on record and raises the alarm. Where even that fails, the step is simply still open. */
async function fail(context: StepContext, step: Step, why: string, facts: Facts): Promise<string> {
  const { deps, run } = context;
  const number = await deps.db
    .tx(async (tx) => {
      const attempts = await failStep(tx, run.register_id, step, why, facts, deps.now());
      await tryAgainAt(tx, run.register_id, new Date(deps.now().getTime() + Math.min(MINUTE * 2 ** Math.min(attempts - 1, 10), LONGEST)));
      await deps.audit.append(tx, entry(context, 'destruction.step', { step, why, attempts, ...facts }, 'error'));
      return attempts;
    })
    .catch(() => 0);
  deps.onTrouble('destruction_stuck', { register: run.register_id, step, why, attempt: number });
  return why;
}

/** The last step, with the report that was judged and what follows from it: records without a copy are destroyed, the register is open for the supervisors. */
async function finish(context: StepContext, report: ClosureReport, facts: Facts): Promise<void> {
  const { deps, run } = context;
  await deps.db.tx(async (tx) => {
    if (!(await finishStep(tx, run.register_id, 'closure', facts, deps.now()))) return;
    const destroyed = await markDestroyed(tx, run.register_id);
    await markExecuted(tx, run.register_id, report, deps.now());
    await deps.audit.append(tx, entry(context, 'destruction.executed', { ...facts, items: context.records.length, destroyed: destroyed.length }));
    await tellRecords(deps, tx, context, destroyed, 'record.destroyed');
    const shredded = new Set(destroyed);
    await tellRecords(
      deps,
      tx,
      context,
      context.records.filter((one) => !shredded.has(one)),
      'record.shredded',
    );
  });
}

/** An entry of its own for each record, so that its own history tells of its end. */
export async function tellRecords(
  deps: ExecutionDeps,
  tx: Parameters<ExecutionDeps['audit']['append']>[0],
  { run, cause }: { run: Pick<RunRow, 'register_id' | 'number'>; cause: StepContext['cause'] },
  records: readonly string[],
  act: 'record.destroyed' | 'record.shredded',
): Promise<void> {
  for (const batch of pieces(records, BATCH)) {
    await deps.audit.appendMany(
      tx,
      batch.map((id) => ({
        actor: cause.actor,
        act,
        subject: { kind: 'record' as const, id },
        decision: 'allow' as const,
        policy: cause.policy,
        facts: { register: run.register_id, number: run.number },
      })),
    );
  }
}
