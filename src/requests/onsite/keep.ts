import { LOCKED_IDLE_MINUTES } from '../../accounts/index.js';
import { type Actor, systemActor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { RequestsDeps } from '../deps.js';
import { openOutsider } from '../seals.js';
import { findRequest, insertNotice } from '../store.js';
import { breakOff, countStrayed, dueVisits, findVisit, isOfVisit, lockVisit, markTold, untoldVisits, type DueVisit } from './store.js';

type KeepDeps = Pick<RequestsDeps, 'db' | 'audit' | 'now' | 'keystore'>;
const BATCH = 200;

const dues = (deps: KeepDeps, one: string | null): Promise<DueVisit[]> => {
  const now = deps.now();
  return dueVisits(deps.db, { now, idleSince: new Date(now.getTime() - LOCKED_IDLE_MINUTES * 60_000) }, one, BATCH);
};

/**
 * What time and others do to readings on site: one whose time is over, before which nobody sits, or for which nothing is granted
 * any more is broken off; and what ended with its session is put on record by itself. Who stood by is told. Repeatable.
 */
export async function keepVisits(deps: KeepDeps, system: Actor): Promise<{ brokenOff: number; told: number }> {
  const due = await dues(deps, null);
  for (const one of due) await deps.db.tx((tx) => breakAndTell(deps, tx, system, one));
  const untold = await untoldVisits(deps.db, BATCH);
  for (const one of untold) await deps.db.tx((tx) => tell(deps, tx, system, one));
  return { brokenOff: due.length, told: untold.length };
}

async function breakAndTell(deps: KeepDeps, tx: Tx, system: Actor, one: DueVisit): Promise<void> {
  if ((await lockVisit(tx, one.id))?.state !== 'open') return;
  await breakOff(tx, one.id, one.why, deps.now());
  await tell(deps, tx, system, one);
}

async function tell(deps: KeepDeps, tx: Tx, system: Actor, one: DueVisit): Promise<void> {
  const visit = await lockVisit(tx, one.id);
  const row = await findRequest(tx, one.request_id);
  if (visit === undefined || row === undefined || (await markTold(tx, one.id)) === 0) return;
  await deps.audit.append(tx, {
    actor: system,
    act: 'request.visit_broken',
    subject: { kind: 'request', id: row.id },
    purpose: row.purpose,
    decision: 'allow',
    facts: { visit: visit.id, number: row.number, why: one.why, strayed: visit.strayed, supervisor: one.stood },
    side: { visitor: openOutsider(deps, row.id, row.outsider_sealed)?.name ?? '', place: visit.place },
  });
  await insertNotice(tx, { id: newId(), request: row.id, kind: 'visit_broken', person: visit.supervisor, at: deps.now() });
}

/**
 * Asked before everything that a locked session does: that its visit still is, and that a reading belongs to it.
 * @throws `session_expired` where the visit is over; it is broken off then and there
 */
export async function atLock(deps: KeepDeps, actor: Actor, reading: string | undefined): Promise<{ belongs: boolean }> {
  const visit = actor.locked?.visit;
  if (visit === undefined) throw new CodedError('session_locked');
  const [due] = await dues(deps, visit);
  if (due !== undefined) {
    await deps.db.tx((tx) => breakAndTell(deps, tx, systemActor(actor.requestId), due));
    throw new CodedError('session_expired');
  }
  return { belongs: reading === undefined || (await isOfVisit(deps.db, visit, reading)) };
}

/** Puts on record that somebody tried to get elsewhere in a locked session; the first time who stands by is told. */
export async function strayed(deps: KeepDeps & Pick<RequestsDeps, 'access'>, actor: Actor, route: string): Promise<void> {
  const { locked } = actor;
  if (locked === undefined) return;
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'route.refused',
      subject: { kind: 'route', id: route },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { asked: route, why: 'session_locked' },
    });
    const times = await countStrayed(tx, locked.visit);
    const visit = times === 1 ? await findVisit(tx, locked.visit) : undefined;
    if (visit !== undefined)
      await insertNotice(tx, { id: newId(), request: locked.application, kind: 'visit_strayed', person: visit.supervisor, at: deps.now() });
  });
}
