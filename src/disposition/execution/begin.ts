import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { nameForDestruction } from '../../vault/index.js';
import { digestText, itemDigest, moveRegister, registerDigest } from '../register/index.js';
import { differentPersons } from '../register/answer.js';
import { factRows, lockListed } from '../register/facts-store.js';
import { changedFacts, factsOf } from '../register/recheck.js';
import type { ExecutionDeps } from './deps.js';
import { flowOf } from './flow.js';
import { onRegister } from './refusal.js';
import { approvalsOf, appointmentsOf, copiesMadeOf, insertCopies, insertRun, listedItems, lockRegister, obstacles } from './store.js';

export interface BeginInput {
  register: string;
  /** The register's number, typed by the executor. */
  number: string;
}

/** How many obstacles are named in a refusal. */
const NAMED = 20;

const dayIn = (zone: string, at: Date): string => new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);

/**
 * The executor begins: he types the register's number, and every record on the list is asked again under its lock. One that is
 * held, restricted, within its term, being read, or not what everybody signed, and nothing begins. From here on the run goes its
 * way by itself; see `carry`.
 */
export async function begin(deps: ExecutionDeps, actor: Actor, input: BeginInput): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'destruction.execute');
  const { personId, accountId } = actor;
  if (personId === null || accountId === null) throw new CodedError('forbidden', { detail: 'only a person carries out a destruction' });
  const work = () =>
    deps.db.tx(async (tx) => {
      const register = await lockRegister(tx, input.register);
      if (!register) throw new CodedError('not_found', { detail: 'register' });
      const at = deps.now();
      const flow = flowOf(register, await approvalsOf(tx, register.id, register.round), await appointmentsOf(tx, register.id));
      const moved = moveRegister(flow, { kind: 'begin', by: personId, at });
      if ('refused' in moved) throw new CodedError(moved.refused, { params: { state: register.state, step: 'execute' } });
      if (input.number !== register.number) throw new CodedError('invalid_field', { fields: [{ field: 'number', code: 'other_register' }] });
      await lockListed(tx, register.id);
      const items = await listedItems(tx, register.id);
      if (items.length === 0 || items.length !== register.item_count) throw new CodedError('changed', { detail: 'the list is not the one that was signed' });
      const why = await obstacles(tx, register.id, at, dayIn(deps.settings.zone, at));
      const now = new Map((await factRows(tx, register.id, at)).map((row) => [row.record_id, row]));
      for (const item of items) {
        const row = now.get(item.record_id);
        const same = row !== undefined && itemDigest(item.facts).equals(item.digest) && changedFacts(item.facts, factsOf(row)).length === 0;
        if (!same) why.push({ position: item.position, record_id: item.record_id, why: ['digest'] });
        else if (row.loan) why.push({ position: item.position, record_id: item.record_id, why: ['loan'] });
      }
      if (why.length > 0) {
        const records = why.slice(0, NAMED).map((one) => `${String(one.position)}:${one.why.join('+')}`);
        throw new CodedError('items_changed', { params: { count: why.length, items: records.join(', ') } });
      }
      const digest = registerDigest(
        register.number,
        items.map((item) => ({ ...item.facts, position: item.position })),
      );
      if (!digest.equals(register.digest)) throw new CodedError('changed', { detail: 'the list is not the one that was signed' });
      const records = items.map((item) => item.record_id);
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'destruction.begin',
        subject: { kind: 'destruction', id: register.id },
        decision: 'allow',
        policy,
        facts: { number: register.number, items: items.length, digest: digestText(digest) },
      });
      await insertRun(tx, { register: register.id, person: personId, account: accountId, policy, entry: entry.id, at });
      await insertCopies(tx, register.id, records);
      await nameForDestruction(deps, tx, { actor, policy, destruction: register.id }, records, await copiesMadeOf(tx, records));
    });
  await onRegister(deps, actor, input.register, 'begin', () => differentPersons(work));
}
