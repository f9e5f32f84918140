import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { LogTermDeps } from './deps.js';
import { findLogRegister, personsOfLog, type LogRegisterRow } from './store.js';

/** Puts on record that somebody looked at the end of logs, or took its certificate. */
export async function noteLook(
  deps: LogTermDeps,
  actor: Actor,
  act: 'destruction.view' | 'destruction.list' | 'destruction.certificate',
  id: string,
  facts: Record<string, string | number>,
): Promise<void> {
  const subject = act === 'destruction.list' ? ({ kind: 'list', id } as const) : ({ kind: 'destruction', id } as const);
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act, subject, decision: 'allow', policy: deps.access.version(), facts }));
}

/** A register that this person may see: whoever may list them, or takes part in it. One that he may not is not told apart from one that is not there. */
export async function registerFor(deps: LogTermDeps, actor: Actor, id: string): Promise<{ row: LogRegisterRow; takesPart: boolean }> {
  const all = deps.access.mayEver(actor, 'destruction.list');
  if (!all && !deps.access.mayEver(actor, 'destruction.view')) throw new CodedError('not_found');
  const row = await findLogRegister(deps.db, id);
  const takesPart = row !== undefined && actor.personId !== null && (await personsOfLog(deps.db, id)).includes(actor.personId);
  if (row === undefined || !(all || takesPart)) throw new CodedError('not_found');
  return { row, takesPart };
}
