import { createHash } from 'node:crypto';
import type { Actor } from '../../audit/index.js';
import { dayText, keepAgain } from '../../records/index.js';
import type { DueDeps } from './deps.js';
import { fallingDue, insertStates, noLongerDue, setDue } from './due-store.js';

/** Records of one transaction. */
const BATCH = 2_000;

export interface Swept {
  day: string;
  /** Put on the list. */
  due: number;
  /** Taken off it, because their date moved. */
  kept: number;
}

/**
 * Looks through the archive for terms that are over: what nothing holds is put on the list for appraisal, and what has a later
 * date again leaves it. In batches, each with its entry and its history; it may stop anywhere and be run again. Destroys nothing.
 */
export async function sweepDue(deps: DueDeps, actor: Actor): Promise<Swept> {
  if (actor.kind === 'person') deps.access.authorize(actor, 'retention.sweep');
  const day = dayText(deps.now(), deps.schedules.newest.timeZone);
  const swept: Swept = { day, due: 0, kept: 0 };
  for (let n = BATCH; n > 0; swept.kept += n) n = await leave(deps, actor, day);
  for (let n = BATCH; n > 0; swept.due += n) n = await enter(deps, actor, day);
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'retention.sweep',
      subject: { kind: 'list', id: 'due' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { day, due: swept.due, kept: swept.kept },
    });
  });
  return swept;
}

/** The very list of ids, so that an entry over many records names each of them. */
function listDigest(ids: readonly string[]): string {
  return `sha256:${createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')}`;
}

async function enter(deps: DueDeps, actor: Actor, day: string): Promise<number> {
  return deps.db.tx(async (tx) => {
    const ids = await fallingDue(tx, day, BATCH);
    if (ids.length === 0) return 0;
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'retention.due',
      subject: { kind: 'list', id: 'due' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { day, count: ids.length, records: listDigest(ids) },
    });
    const rows = await setDue(tx, ids, day);
    await insertStates(
      tx,
      rows.map(({ id, state }) => ({ id, from: state, to: 'due' })),
      deps.now(),
      actor.pseudonym,
      entry.id,
    );
    return rows.length;
  });
}

async function leave(deps: DueDeps, actor: Actor, day: string): Promise<number> {
  return deps.db.tx(async (tx) => {
    const ids = await noLongerDue(tx, day, BATCH);
    if (ids.length === 0) return 0;
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'retention.not_due',
      subject: { kind: 'list', id: 'due' },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { day, count: ids.length, records: listDigest(ids) },
    });
    const kept = await keepAgain(tx, ids);
    await insertStates(
      tx,
      kept.map(({ id, state }) => ({ id, from: 'due', to: state })),
      deps.now(),
      actor.pseudonym,
      entry.id,
    );
    return ids.length;
  });
}
