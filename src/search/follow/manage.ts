import type { AccessControl } from '../../access/index.js';
import type { Actor, Audit } from '../../audit/index.js';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { SearchEngine } from '../port.js';
import type { FollowState } from './follower.js';
import { waitingState } from './store.js';

export interface ManageDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  engine: SearchEngine;
  follower: { readonly state: FollowState; buildAnew(): void };
}

export interface IndexState {
  engine: SearchEngine['kind'];
  /** Documents in the index; `null` when the engine is away. */
  count: number | null;
  /** Changes that wait to be told, and since when the oldest does. */
  waiting: number;
  waitingSince: string | null;
  building: { done: number; total: number } | null;
  trouble: string | null;
}

/** How the index stands. For who runs the machine; names no record. */
export async function indexState(deps: ManageDeps, actor: Actor): Promise<IndexState> {
  deps.access.authorize(actor, 'search.status');
  const { n, since } = await waitingState(deps.db);
  const count = await deps.engine.count().catch(() => null);
  const { building, trouble } = deps.follower.state;
  return { engine: deps.engine.kind, count, waiting: Number(n), waitingSince: since?.toISOString() ?? null, building, trouble };
}

/** Has the index built anew beside the one in use, which answers meanwhile. `conflict` while one is being built. */
export async function buildIndexAnew(deps: ManageDeps, actor: Actor): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'search.rebuild');
  if (deps.follower.state.building !== null) throw new CodedError('conflict');
  await deps.db.tx((tx) => deps.audit.append(tx, { actor, act: 'search.rebuild', subject: { kind: 'archive', id: 'index' }, decision: 'allow', policy }));
  deps.follower.buildAnew();
}
