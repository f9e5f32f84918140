import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { dayEnd, dayStart } from '../../records/index.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { principalsOf } from '../store.js';
import { REQUEST_LIMITS } from '../values.js';
import { deputiesOf, endDeputyRow, insertDeputy } from './store.js';

const input = z.strictObject({ deputyId: z.uuid({ error: 'not_a_uuid' }), from: z.iso.date({ error: 'not_a_date' }), to: z.iso.date({ error: 'not_a_date' }) });
export type DeputyInput = z.input<typeof input>;

export interface Deputy {
  id: string;
  deputyId: string;
  from: string;
  to: string;
  endedAt: string | null;
}

function approverOf(deps: RequestsDeps, actor: Actor): { person: string; policy: string } {
  const { policy } = deps.access.authorize(actor, 'request.decide');
  if (actor.personId === null) throw new CodedError('forbidden');
  return { person: actor.personId, policy };
}

/** Everybody who may decide applications by an own role. */
async function deciding(deps: RequestsDeps): Promise<string[]> {
  const roles = [...deps.rules().roles.values()].filter((role) => role.rules.some((rule) => rule.acts.includes('request.decide'))).map((role) => role.role);
  return (await deps.people.holdersOf(roles)).map((one) => one.personId);
}

/** Persons whom one may name as deputies: at most two hundred. */
export async function deputyCandidates(deps: RequestsDeps, actor: Actor): Promise<string[]> {
  const { person } = approverOf(deps, actor);
  return [...new Set(await deciding(deps))].filter((id) => id !== person).slice(0, 200);
}

/** Persons for whom one stands in now. */
export async function standsInFor(deps: RequestsDeps, actor: Actor): Promise<string[]> {
  const { person } = approverOf(deps, actor);
  return principalsOf(deps.db, person, deps.now());
}

/** Names who decides while one is away: somebody who may decide applications by an own role, for a time that is said. */
export async function nameDeputy(deps: RequestsDeps, actor: Actor, given: DeputyInput): Promise<{ id: string }> {
  const id = newId();
  return onRequest(deps, actor, { id, step: 'deputy' }, async () => {
    const { person, policy } = approverOf(deps, actor);
    const asked = check(input, given);
    if (asked.deputyId === person) throw new CodedError('same_person');
    const from = dayStart(asked.from, deps.settings.zone);
    const to = dayEnd(asked.to, deps.settings.zone);
    if (to <= from || to <= deps.now()) throw invalidField('to', 'too_early');
    if (to.getTime() - from.getTime() > REQUEST_LIMITS.deputy * 86_400_000) throw invalidField('to', 'too_long', { max: REQUEST_LIMITS.deputy });
    if (!(await deciding(deps)).includes(asked.deputyId)) throw invalidField('deputyId', 'not_known');
    await deps.db.tx(async (tx) => {
      await deps.audit.append(tx, {
        actor,
        act: 'request.deputy',
        subject: { kind: 'request', id },
        decision: 'allow',
        policy,
        facts: { from: asked.from, to: asked.to },
      });
      await insertDeputy(tx, { id, person, deputy: asked.deputyId, from, to, at: deps.now() });
    });
    return { id };
  });
}

/** One's own deputies, the newest first. */
export async function listDeputies(deps: RequestsDeps, actor: Actor): Promise<Deputy[]> {
  const { person } = approverOf(deps, actor);
  const rows = await deputiesOf(deps.db, person);
  return rows.map((row) => ({
    id: row.id,
    deputyId: row.deputy_id,
    from: row.starts_at.toISOString(),
    to: row.ends_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }));
}

/** Back before the time said. */
export async function endDeputy(deps: RequestsDeps, actor: Actor, id: string): Promise<void> {
  const { person, policy } = approverOf(deps, actor);
  await deps.db.tx(async (tx) => {
    if ((await endDeputyRow(tx, id, person, deps.now())) === 0) throw new CodedError('not_found');
    await deps.audit.append(tx, { actor, act: 'request.deputy_end', subject: { kind: 'request', id }, decision: 'allow', policy });
  });
}
