import type { Actor, EntryInput } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import type { DispositionDeps } from '../appraisal/deps.js';
import { itemDigest, type ItemFacts } from './digest.js';
import { factRows, liveRegisters, listDiffers, lockListed, type FactsRow } from './facts-store.js';
import { onOne } from '../appraisal/refusal.js';
import { CodedError } from '../../errors/index.js';
import { hold, move, type Held } from './flow.js';
import { VOIDABLE } from './states.js';
import { dropApprovals, endRegister, freeRecords, listedItems, strikeItems, type RegisterRow } from './store.js';
import { AGREED_REGISTERS, AGREED_STATES, WAITING_STATES, type Change } from './values.js';

export function factsOf(row: FactsRow): ItemFacts {
  return {
    record: row.record_id,
    archivalCode: row.archival_code ?? '',
    serviceNo: row.service_no,
    fonds: row.fonds,
    class: { serviceType: row.service_type, clientType: row.client_type, sensitivity: row.sensitivity, medium: row.medium, department: row.department },
    dates: { opened: row.opened_at.toISOString(), closed: row.closed_at.toISOString(), archived: row.archived_at?.toISOString() ?? '' },
    term: { until: row.term_until, minimum: row.term_minimum, maximum: row.term_maximum },
    rule: row.term_rule,
    version: { id: row.version_id, number: row.version_number },
    appraisal: row.appraisal,
    ...(row.erasure === null ? {} : { erasure: row.erasure }),
    files: row.file_count,
    objects: row.objects,
  };
}

const FLAGS = ['hold', 'restriction', 'grant', 'reading', 'loan', 'correction', 'minimum'] as const;

/** The states in which a record may stand on a list: one that waits for everybody to agree, or one that was agreed to. */
export function expectedOf({ kind, state }: Pick<RegisterRow, 'kind' | 'state'>): readonly string[] {
  return AGREED_REGISTERS.includes(state) ? AGREED_STATES : WAITING_STATES[kind];
}

/** What stands against a record now, apart from what was listed of it. */
export function standsAgainst(row: FactsRow, expected: readonly string[]): Change[] {
  return [...(expected.includes(row.state) ? [] : (['state'] as const)), ...FLAGS.filter((flag) => row[flag])];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Which part of the listed facts is true no more (pure). Another version of the schedule that decides the same is no change. */
export function changedFacts(listed: ItemFacts, current: ItemFacts): Change[] {
  const now = { ...current, schedule: listed.schedule };
  if (itemDigest(listed).equals(itemDigest(now))) return [];
  const found: Change[] = [];
  if (!itemDigest({ ...listed, term: now.term, rule: now.rule }).equals(itemDigest(listed))) found.push('event');
  if (
    listed.version.id !== now.version.id ||
    !same(
      listed.objects.map((one) => one.digest),
      now.objects.map((one) => one.digest),
    )
  )
    found.push('correction');
  if (!itemDigest({ ...listed, class: now.class }).equals(itemDigest(listed))) found.push('reclassified');
  return found.length > 0 ? found : ['other'];
}

export interface Changed {
  position: number;
  record: string;
  archivalCode: string;
  why: Change[];
}

/** Locks every listed record, asks anew, and says which changed since the list was frozen. */
export async function recheck(tx: Tx, deps: Pick<DispositionDeps, 'now'>, row: RegisterRow): Promise<Changed[]> {
  await lockListed(tx, row.id);
  const expected = expectedOf(row);
  const now = new Map((await factRows(tx, row.id, deps.now())).map((one) => [one.record_id, one]));
  return (await listedItems(tx, row.id)).flatMap((item): Changed[] => {
    const at = now.get(item.record_id);
    if (at === undefined || item.facts === null) return [{ position: item.position, record: item.record_id, archivalCode: '', why: ['other'] }];
    const why = [...new Set([...standsAgainst(at, expected), ...changedFacts(item.facts, factsOf(at))])];
    return why.length === 0 ? [] : [{ position: item.position, record: item.record_id, archivalCode: at.archival_code ?? '', why }];
  });
}

/** One changed item voids the approval: what changed is named, and every record is free again, back among what is due. */
export async function voidRegister(tx: Tx, deps: DispositionDeps, actor: Actor, held: Held, changed: readonly Changed[]): Promise<void> {
  move(held.flow, { kind: 'void' });
  const at = deps.now();
  const { id, number } = held.row;
  await strikeItems(tx, id, changed, at);
  await dropApprovals(tx, id, held.row.round, false);
  await endRegister(tx, id, { state: 'voided', by: null, reason: null, at });
  const why = [...new Set(changed.flatMap((one) => one.why))];
  const entry = await deps.audit.append(tx, {
    actor,
    act: 'destruction.void',
    subject: { kind: 'destruction', id },
    decision: 'allow',
    ...(actor.kind === 'person' ? { policy: deps.access.version() } : {}),
    facts: { number, from: held.row.state, count: changed.length, why, items: changed.slice(0, 50).map((one) => String(one.position)) },
  });
  await backToDue(tx, deps, actor, held.row, entry.id);
}

/** The records of an ended register wait as before, or are kept as before; an entry for each. */
export async function backToDue(tx: Tx, deps: DispositionDeps, actor: Actor, row: Pick<RegisterRow, 'id' | 'number' | 'kind'>, entry: string): Promise<void> {
  const moved = await freeRecords(tx, row.id, row.kind, { at: deps.now(), by: actor.pseudonym, entry });
  await deps.audit.appendMany(
    tx,
    moved.map((record): EntryInput => ({
      actor,
      act: row.kind === 'term' ? 'record.due_again' : 'record.kept_again',
      subject: { kind: 'record', id: record.id },
      decision: 'allow',
      facts: { register: row.number, ...(row.kind === 'term' ? {} : { state: record.state }) },
    })),
  );
}

/**
 * Voids every live list on which something changed; how many. What differs is found by comparing without locks; only such a
 * register is locked and asked again, each in a transaction of its own. One that fails keeps none of the others waiting: it is
 * reported once all were looked at. Repeatable.
 */
export async function watchRegisters(deps: DispositionDeps, system: Actor): Promise<number> {
  let voided = 0;
  const failed: unknown[] = [];
  for (const id of await liveRegisters(deps.db)) {
    try {
      if ((await listDiffers(deps.db, id, deps.now())) && (await voidChanged(deps, system, id))) voided++;
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} registers could not be looked at`);
  return voided;
}

async function voidChanged(deps: DispositionDeps, system: Actor, id: string): Promise<boolean> {
  return deps.db.tx(async (tx) => {
    const held = await hold(tx, id);
    if (!VOIDABLE.includes(held.row.state)) return false;
    const changed = await recheck(tx, deps, held.row);
    if (changed.length === 0) return false;
    await voidRegister(tx, deps, system, held, changed);
    return true;
  });
}

/** An act that found its list changed: that it was voided is committed; the caller is told what changed, and it is on record. */
export async function changedInstead<T extends object>(deps: DispositionDeps, actor: Actor, id: string, step: string, done: T | Changed[]): Promise<T> {
  if (!Array.isArray(done)) return done;
  return onOne(deps, actor, { of: 'register', id, step }, () => {
    const what = done.slice(0, 5).map((one) => `${one.archivalCode} (${one.why.join(', ')})`);
    return Promise.reject(new CodedError('changed', { fields: [{ field: 'records', code: 'has_blockers', params: { what: what.join('; ') } }] }));
  });
}
