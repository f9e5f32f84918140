import { ADMIN_ROLES, type AdminRole } from '../../access/index.js';
import { systemActor } from '../../audit/index.js';
import { newId, type Queryable, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { hashSecret, newSecret } from '../secrets.js';
import {
  bootstrapInvitations,
  findBootstrap,
  insertBootstrap,
  insertInvitation,
  lockBootstrap,
  withdrawBootstrapInvitations,
  type BootstrapRow,
} from './store.js';

/** Hours an invitation can be claimed. */
export const INVITATION_HOURS = 24;

/** An invitation's secret, shown this once. */
export interface IssuedInvitation {
  role: AdminRole;
  secret: string;
  expiresAt: Date;
}

export type BootstrapState =
  | { state: 'none' }
  | { state: 'open'; demo: boolean; claimed: AdminRole[]; waiting: { role: AdminRole; expiresAt: Date }[] }
  | { state: 'closed'; demo: boolean; closedAt: Date };

/** How far the first start has come: not begun, waiting for administrators, or closed for good. */
export async function bootstrapState(db: Queryable): Promise<BootstrapState> {
  const row = await findBootstrap(db);
  if (row === undefined) return { state: 'none' };
  if (row.closed_at !== null) return { state: 'closed', demo: row.demo, closedAt: row.closed_at };
  const invitations = await bootstrapInvitations(db);
  return {
    state: 'open',
    demo: row.demo,
    claimed: invitations.filter((one) => one.claimed).map((one) => one.role),
    waiting: invitations.filter((one) => !one.claimed).map((one) => ({ role: one.role, expiresAt: one.expires_at })),
  };
}

const isClosed = (row: BootstrapRow | undefined): boolean => row !== undefined && row.closed_at !== null;

/** Databases whose bootstrap was seen closed: that never changes again, so it is asked only until then. */
const closed = new WeakSet<object>();

/** Throws `bootstrap_open` until three different persons have claimed the invitations: nothing is taken in before. */
export async function assertBootstrapped(db: Queryable): Promise<void> {
  if (closed.has(db)) return;
  if (!isClosed(await findBootstrap(db))) throw new CodedError('bootstrap_open');
  closed.add(db);
}

async function invite(
  deps: AccountsDeps,
  tx: Tx,
  roles: readonly AdminRole[],
  act: 'bootstrap.open' | 'bootstrap.renew',
  demo: boolean,
  requestId: string,
): Promise<IssuedInvitation[]> {
  const now = deps.now();
  const expiresAt = new Date(now.getTime() + INVITATION_HOURS * 3_600_000);
  const issued: IssuedInvitation[] = [];
  for (const role of roles) {
    const secret = newSecret(deps, 'lantai_i_');
    await insertInvitation(tx, {
      id: newId(),
      kind: 'bootstrap',
      role,
      accountId: null,
      secretHash: hashSecret(secret),
      createdBy: null,
      needsSecond: false,
      now,
      expiresAt,
    });
    issued.push({ role, secret, expiresAt });
  }
  await deps.audit.append(tx, {
    actor: systemActor(requestId),
    act,
    subject: { kind: 'archive', id: 'bootstrap' },
    decision: 'allow',
    facts: { demo, roles: [...roles] },
  });
  return issued;
}

/**
 * The first start: opens the bootstrap and issues three single-use invitations, one for each administrator.
 * @param demo decided here for ever: a demo archive never becomes a real one
 * @throws `bootstrap_open` or `bootstrap_closed` when there was a first start already
 */
export async function openBootstrap(deps: AccountsDeps, input: { demo: boolean; requestId: string }): Promise<IssuedInvitation[]> {
  return deps.db.tx(async (tx) => {
    if ((await insertBootstrap(tx, input.demo, deps.now())) === 0) {
      throw new CodedError(isClosed(await findBootstrap(tx)) ? 'bootstrap_closed' : 'bootstrap_open');
    }
    return invite(deps, tx, ADMIN_ROLES, 'bootstrap.open', input.demo, input.requestId);
  });
}

/** By command: new invitations for the administrators that still wait; the old ones are void. Refused once the bootstrap is closed. */
export async function renewInvitations(deps: AccountsDeps, input: { requestId: string }): Promise<IssuedInvitation[]> {
  return deps.db.tx(async (tx) => {
    const row = await lockBootstrap(tx);
    if (row === undefined) throw new CodedError('wrong_state', { detail: 'there was no first start yet' });
    if (row.closed_at !== null) throw new CodedError('bootstrap_closed');
    const waiting = await withdrawBootstrapInvitations(tx, deps.now());
    return invite(
      deps,
      tx,
      ADMIN_ROLES.filter((role) => waiting.includes(role)),
      'bootstrap.renew',
      row.demo,
      input.requestId,
    );
  });
}
