import { assertRecent, assertSecondFactor } from '../../access/index.js';
import {
  type Actor,
  bundlesOf,
  type CertifyDeps,
  certifyGone,
  finishGone,
  findGone,
  publishGone,
  removeBundles,
  removeRows,
  systemActor,
  tryTermLock,
} from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { dayText } from '../../records/index.js';
import { standingOf } from '../appraisal/people.js';
import { move } from '../register/flow.js';
import type { LogTermDeps } from './deps.js';
import { holdLogRegister, logEntry, onLog, onStanding } from './flow.js';
import {
  addEntriesGone,
  copiesUnnoted,
  findLogRegister,
  logApprovalsOf,
  logCopiesOf,
  logRegistersIn,
  markLogWitnessed,
  noteCopies,
  noteCopiesLeft,
  noteLogFailure,
  setLogExecuting,
  setLogOpen,
  type LogRegisterRow,
} from './store.js';
import { settleLog } from './settle.js';
import { logLock } from './term.js';

const MINUTE = 60_000;
/** After a failure it is tried again in a minute, then two, four, … at most six hours. */
const LONGEST = 6 * 60 * MINUTE;

/** What the steps over a log work with. */
export function certifying(deps: LogTermDeps): CertifyDeps {
  const { db, auditDb, store, keystore, now } = deps;
  const schedule = deps.schedules.newest;
  return {
    db,
    auditDb,
    store,
    archiveId: keystore.archiveId,
    keys: keystore.signingKey('audit-log'),
    originOf: (log) => deps.audit.originOf(log),
    hours: () => deps.hours(),
    now,
    // the certificate is a record of use of the year in which it is made
    keepUntil: () => logLock(String(now().getUTCFullYear()), schedule, dayText(now(), schedule.timeZone)),
  };
}

/** The executor begins after the pause, typing the register's number; everything is looked at once more, holds above all. From here on it goes its way by itself. */
export async function beginLogDestruction(deps: LogTermDeps, actor: Actor, input: { registerId: string; number: string }): Promise<void> {
  await onLog(deps, actor, input.registerId, 'begin', () => {
    const { policy } = deps.access.authorize(actor, 'destruction.execute');
    assertSecondFactor(actor);
    assertRecent(deps, actor);
    const who = standingOf(deps, actor);
    return onStanding(deps, actor, input.registerId, async (tx, held) => {
      const at = deps.now();
      move(held.flow, { kind: 'begin', by: who.personId, at });
      if (input.number !== held.row.number) throw new CodedError('invalid_field', { fields: [{ field: 'number', code: 'other_register' }] });
      const { digest, size } = held.row;
      const entry = await deps.audit.append(tx, logEntry(deps, actor, 'destruction.begin', held.row, { digest: digest.toString('hex'), size: String(size) }));
      await setLogExecuting(tx, held.row.id, at, policy, entry.id);
    });
  });
}

/**
 * Carries out what an executor has begun: the certificate is signed and published, then bundles go by version, then the entries with their
 * side rows. Each step is repeated until it is done, and may be killed anywhere. One process at a time.
 */
export async function carryLogDestruction(deps: LogTermDeps, id: string): Promise<'executed' | 'busy' | 'stuck'> {
  const session = await deps.db.session();
  try {
    if (!(await tryTermLock(session))) return 'busy';
    const row = await findLogRegister(deps.db, id);
    if (row === undefined) throw new CodedError('not_found');
    if (row.state !== 'executing') return 'executed';
    try {
      await steps(deps, row);
      return 'executed';
    } catch (error) {
      await stuck(deps, row, error);
      return 'stuck';
    }
  } finally {
    session.release(true); // closing the connection gives the lock back
  }
}

async function steps(deps: LogTermDeps, row: LogRegisterRow): Promise<void> {
  const system = systemActor();
  const certify = certifying(deps);
  const tell = (act: string) => (tx: Tx) => deps.audit.append(tx, logEntry(deps, system, act, row, { size: String(row.size) }));
  const approvers = (await logApprovalsOf(deps.db, row.id)).flatMap((one) => one.pseudonym ?? []);
  const decision = { log: row.log, size: row.size, root: row.root, procedure: row.number, rule: row.schedule, persons: [row.made_by_pseudonym, ...approvers] };
  await publishGone(certify, await certifyGone(certify, decision, tell('log.certify_gone')), tell('log.publish_gone'));
  await removeFromStore(deps, row, system);
  const gone = await findGone(deps.db, row.log);
  if (gone && gone.removedAt === null) await removeRows(deps, system, gone, (tx, count) => addEntriesGone(tx, row.id, count));
  await finishGone(certify, row.log, tell('log.gone'));
  const { locked } = await logCopiesOf(deps.db, row.id);
  const left = await bundlesOf(certify.store, certify.archiveId, row.log);
  if (left.length > locked) throw new CodedError('store_unavailable', { detail: 'bundles remain that nobody locks' });
  await deps.db.tx(async (tx) => {
    await setLogOpen(tx, row.id, deps.now());
    await deps.audit.append(tx, logEntry(deps, system, 'destruction.executed', row, { size: String(row.size), locked }));
  });
}

/** What the store lets go of goes; what it still locks is named with its day. */
export async function removeFromStore(deps: LogTermDeps, row: LogRegisterRow, system: Actor): Promise<void> {
  const certify = certifying(deps);
  const tell = (tx: Tx, gone: number, locked: number) => deps.audit.append(tx, logEntry(deps, system, 'destruction.remove_copies', row, { gone, locked }));
  for await (const { gone, locked } of removeBundles(certify, row.log)) {
    await deps.db.tx(async (tx) => {
      await noteCopies(tx, row.id, { gone, locked }, deps.now());
      await tell(tx, gone.length, locked.length);
    });
  }
  const left = await bundlesOf(certify.store, certify.archiveId, row.log);
  if (await copiesUnnoted(deps.db, row.id, left)) await deps.db.tx(async (tx) => tell(tx, await noteCopiesLeft(tx, row.id, left, deps.now()), left.length));
}

async function stuck(deps: LogTermDeps, row: LogRegisterRow, error: unknown): Promise<void> {
  const why = isCoded(error) ? error.code : 'internal';
  if (!isCoded(error)) deps.onFault?.(error);
  deps.onTrouble('destruction_stuck', { register: row.id, number: row.number, why });
  const again = new Date(deps.now().getTime() + Math.min(LONGEST, MINUTE * 2 ** Math.min(row.attempts, 9)));
  await deps.db.tx(async (tx) => {
    await noteLogFailure(tx, row.id, why, again);
    await deps.audit.append(tx, { ...logEntry(deps, systemActor(), 'destruction.step', row, { why }), decision: 'error' });
  });
}

/** A supervisor signs 已监销 after it was carried out; with both the certificate is made, and once nothing is left under lock the register closes. */
export async function witnessLogDestruction(deps: LogTermDeps, actor: Actor, id: string): Promise<void> {
  await onLog(deps, actor, id, 'witness', async () => {
    deps.access.authorize(actor, 'destruction.witness');
    assertSecondFactor(actor);
    assertRecent(deps, actor);
    const who = standingOf(deps, actor);
    await deps.db.tx(async (tx) => {
      const held = await holdLogRegister(tx, id);
      move(held.flow, { kind: 'witness', by: who.personId });
      const mine = held.appointments.find((one) => one.office === 'supervisor' && one.person_id === who.personId);
      if (mine === undefined) throw new CodedError('forbidden');
      const { locked } = await logCopiesOf(tx, id);
      const entry = await deps.audit.append(tx, logEntry(deps, actor, 'destruction.witness', held.row, { locked }));
      await markLogWitnessed(tx, mine.id, deps.now(), entry.id);
    });
  });
  await settleLog(deps, id);
}

/** Goes on with what is begun, and with what the store was to let go of meanwhile. Repeatable; how many. */
export async function carryLogs(deps: LogTermDeps): Promise<number> {
  const now = deps.now();
  const begun = (await logRegistersIn(deps.db, ['executing'])).filter((one) => one.again_at === null || one.again_at <= now);
  for (const { id } of begun) await carryLogDestruction(deps, id);
  return begun.length;
}
