import type { Actor } from '../../audit/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';
import type { RecordAct } from '../../access/index.js';
import type { RecordsDeps } from '../deps.js';

/** Refusals for want of rights; what the state of a record does not allow is no such refusal. */
const REFUSALS = new Set<ErrorCode>(['not_found', 'same_person', 'second_factor_required']);

/** Runs a piece of work on a record; where it is refused for want of rights, the refusal is put on record before it goes on up. */
export async function onRecord<T>(deps: RecordsDeps, actor: Actor, asked: { act: RecordAct; recordId: string }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && REFUSALS.has(error.code)) await refusalOf(deps, actor, asked, error.code);
    throw error;
  }
}

async function refusalOf(deps: RecordsDeps, actor: Actor, asked: { act: RecordAct; recordId: string }, why: ErrorCode): Promise<void> {
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'record.refused',
      subject: { kind: 'record', id: asked.recordId },
      decision: 'deny',
      policy: deps.access.version(),
      facts: { asked: asked.act, why },
    });
  });
}
