import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { catalogueQuery, type SearchFilters } from '../../search/index.js';
import { holdContext } from './contexts.js';
import type { HoldsDeps } from './deps.js';
import { matterOf, ownerOf, reasonOf, referenceOf, reviewOf, scopeOf, type HoldInput, type ScopeInput } from './input.js';
import { noticesToRoles } from './notices/notices.js';
import { onHold, personOf } from './refusal.js';
import { insertHold, nextNumber } from './store.js';
import { byNumber, namedAmong } from './take/store.js';
import { takeAll } from './take/take.js';
import { FREEZE_HOURS, HOLD_NAMED, OWNER_ROLES, type HoldKind } from './values.js';
import { dayText } from '../../records/index.js';

/** How a hold comes: set by who may, proposed by who may not, or as a freeze for a few days. */
export type HoldWay = 'set' | 'propose' | 'freeze';

export interface HoldMade {
  id: string;
  number: string;
  /** Records that it took; those that it would take are told by the preview. */
  records: number;
}

const WAYS = {
  set: { right: 'hold.set', act: 'hold.set', kind: 'hold' },
  propose: { right: 'hold.propose', act: 'hold.propose', kind: 'hold' },
  freeze: { right: 'hold.freeze', act: 'hold.freeze', kind: 'freeze' },
} as const satisfies Record<HoldWay, { right: string; act: string; kind: HoldKind }>;

/**
 * Sets a hold, proposes one, or freezes records for 72 hours. From the commit on nothing destroys what it is over, and whatever
 * comes to be of the client, or to meet the query, is taken in the transaction in which it comes.
 */
export async function makeHold(deps: HoldsDeps, actor: Actor, way: HoldWay, input: HoldInput): Promise<HoldMade> {
  const { right, act, kind } = WAYS[way];
  return onHold(deps, actor, { act, id: null }, async () => {
    deps.access.authorize(actor, right);
    const by = personOf(actor);
    const matter = matterOf(input.matter);
    const reference = referenceOf(input.reference);
    const reason = reasonOf(input.reason);
    const reviewOn = kind === 'freeze' ? null : reviewOf(deps, input.reviewOn);
    if (way !== 'set' && (input.owner ?? '') !== '') throw invalidField('owner', 'unknown_field');
    const owner = await ownerOf(deps, input.owner, by);
    const over = await checkedScope(deps, actor, input);
    const told = way === 'propose' ? await noticesToRoles(deps, OWNER_ROLES, by) : [];
    return deps.db.tx((tx) => insert(deps, tx, actor, { way, by, matter, reference, reason, reviewOn, owner, over, told }));
  });
}

type Checked = { list: string[] } | { client: string } | { log: string } | { query: string; filters: SearchFilters };

/** Named records have to be such as the actor may find: what is hidden from him is as if it were not there. */
export async function checkedScope(deps: HoldsDeps, actor: Actor, input: ScopeInput): Promise<Checked> {
  const scope = scopeOf(input);
  if ('query' in scope) return { ...scope, filters: await catalogueQuery(deps.search, scope.query) };
  if ('client' in scope || 'log' in scope) return scope;
  if ('numbers' in scope) return { list: await listOf(deps, actor, scope.numbers) };
  const found = await namedAmong(deps.db, scope.list, deps.access.where(actor, 'record.list', 'r'));
  if (found.length < scope.list.length) throw new CodedError('not_found');
  if (found.every((one) => one.gone)) throw invalidField('records', 'gone');
  return scope;
}

/** Records by their numbers; a number that several records bear means all of them. One that is hidden is as unknown as one that is not there. */
async function listOf(deps: HoldsDeps, actor: Actor, numbers: readonly string[]): Promise<string[]> {
  const found = await byNumber(deps.db, numbers, deps.access.where(actor, 'record.list', 'r'));
  const known = new Set(found.flatMap((one) => [one.service_no, one.archival_code]));
  const unknown = numbers.find((one) => !known.has(one));
  if (unknown !== undefined) throw invalidField('numbers', 'number_not_known', { number: unknown });
  if (found.length > HOLD_NAMED) throw invalidField('numbers', 'too_many', { max: HOLD_NAMED });
  if (found.every((one) => one.gone)) throw invalidField('numbers', 'gone');
  return found.map((one) => one.id);
}

async function insert(
  deps: HoldsDeps,
  tx: Tx,
  actor: Actor,
  input: {
    way: HoldWay;
    by: string;
    matter: ReturnType<typeof matterOf>;
    reference: string;
    reason: string;
    reviewOn: string | null;
    owner: string;
    over: Checked;
    told: Awaited<ReturnType<typeof noticesToRoles>>;
  },
): Promise<HoldMade> {
  const { act, kind } = WAYS[input.way];
  const { over } = input;
  const id = newId();
  const at = deps.now();
  const number = await nextNumber(tx, Number(dayText(at, deps.settings.zone).slice(0, 4)));
  const secret = deps.keystore.secret('catalogue');
  const seal = (what: Parameters<typeof holdContext>[1], text: string): Buffer => sealField(secret, holdContext(id, what), text);
  const scope = 'list' in over ? 'list' : 'client' in over ? 'client' : 'log' in over ? 'log' : 'query';
  const client = 'client' in over ? over.client : null;
  await insertHold(tx, {
    id,
    number,
    kind,
    matter: input.matter,
    scope,
    reference: input.reference === '' ? null : seal('reference', input.reference),
    reason: seal('reason', input.reason),
    client,
    log: 'log' in over ? over.log : null,
    query: 'query' in over ? seal('query', over.query) : null,
    filters: 'query' in over ? over.filters : null,
    records: 'list' in over ? over.list : [],
    owner: input.owner,
    reviewOn: input.reviewOn,
    proposed: input.way === 'propose',
    by: input.by,
    at,
    lapsesAt: kind === 'freeze' ? new Date(at.getTime() + FREEZE_HOURS * 3_600_000) : null,
  });
  const records = input.way === 'propose' ? 0 : await takeAll(deps, tx, actor, { id, number, scope, client_number: client });
  await deps.audit.append(tx, {
    actor,
    act,
    subject: { kind: 'hold', id },
    decision: 'allow',
    policy: deps.access.version(),
    facts: { number, matter: input.matter, scope, records: input.way === 'propose' && 'list' in over ? over.list.length : records },
    side: {
      reason: input.reason,
      ...(input.reference === '' ? {} : { reference: input.reference }),
      ...(client === null ? {} : { client }),
      ...('query' in over ? { query: over.query } : {}),
    },
  });
  for (const send of input.told) await send(tx, id, 'proposed', at);
  return { id, number, records };
}
