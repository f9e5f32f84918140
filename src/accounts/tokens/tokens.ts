import { z } from 'zod';
import { SCOPE_NAMES } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps, Origin } from '../deps.js';
import { departmentCode, displayName, uuid } from '../fields.js';
import { isOpenDepartment } from '../people/store.js';
import { authorizePerson } from '../person-of.js';
import { hashSecret, newPseudonym, newSecret } from '../secrets.js';
import { findToken, insertToken, listTokenRows, revokeTokenRow, touchToken, type TokenView } from './store.js';

/** Days a token may live at most. */
export const TOKEN_DAYS = 366;

const newToken = z.strictObject({
  name: displayName,
  scopes: z.array(z.enum(SCOPE_NAMES)).min(1).max(SCOPE_NAMES.length),
  /** Department whose records it may find; none: it finds none. */
  department: departmentCode.nullable().default(null),
  days: z.int().min(1).max(TOKEN_DAYS),
});

export interface IssuedToken {
  tokenId: string;
  /** `Authorization: Bearer …`; shown this once, stored hashed. */
  secret: string;
  expiresAt: Date;
}

/** Issues a token to a machine: scoped, expiring, shown once. */
export async function issueToken(deps: AccountsDeps, actor: Actor, input: z.input<typeof newToken>): Promise<IssuedToken> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'token.manage');
  const { name, scopes, department, days } = check(newToken, input);
  const now = deps.now();
  const issued = { tokenId: newId(), secret: newSecret(deps, 'lantai_t_'), expiresAt: new Date(now.getTime() + days * 86_400_000) };
  const token = {
    id: issued.tokenId,
    name,
    pseudonym: newPseudonym(deps, 'm'),
    secretHash: hashSecret(issued.secret),
    scopes: [...new Set(scopes)].sort(),
    department,
    createdBy: by,
    now,
    expiresAt: issued.expiresAt,
  };
  await deps.db.tx(async (tx) => {
    if (department !== null && !(await isOpenDepartment(tx, department))) throw invalidField('department', 'unknown_department');
    await insertToken(tx, token);
    const facts = { machine: token.pseudonym, scopes: token.scopes, department, days };
    await deps.audit.append(tx, { actor, act: 'token.issue', subject: { kind: 'token', id: token.id }, decision: 'allow', policy, facts });
  });
  return issued;
}

/** Revokes a token; it is refused from the next request on. */
export async function revokeToken(deps: AccountsDeps, actor: Actor, input: { tokenId: string }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'token.manage');
  const id = check(uuid, input.tokenId, 'tokenId');
  await deps.db.tx(async (tx) => {
    const revoked = await revokeTokenRow(tx, id, by, deps.now());
    if (revoked === undefined) throw new CodedError('not_found');
    await deps.audit.append(tx, {
      actor,
      act: 'token.revoke',
      subject: { kind: 'token', id },
      decision: 'allow',
      policy,
      facts: { machine: revoked.pseudonym },
    });
  });
}

export async function listTokens(deps: AccountsDeps, actor: Actor): Promise<TokenView[]> {
  authorizePerson(deps, actor, 'token.manage');
  return listTokenRows(deps.db);
}

/** The machine behind a bearer token. Throws `unauthenticated` unless it is known, not revoked and not expired. */
export async function actorFromToken(deps: AccountsDeps, secret: string, origin: Origin): Promise<Actor> {
  if (!/^lantai_t_[\w-]{43}$/.test(secret)) throw new CodedError('unauthenticated');
  const row = await findToken(deps.db, hashSecret(secret));
  const now = deps.now();
  if (row === undefined || row.expires_at <= now) throw new CodedError('unauthenticated');
  if (row.used_at === null || now.getTime() - row.used_at.getTime() >= 60_000) await touchToken(deps.db, row.id, now);
  return Object.freeze({
    kind: 'integration',
    personId: null,
    accountId: null,
    pseudonym: row.pseudonym,
    roles: Object.freeze(['integration']),
    department: row.department,
    sessionId: row.id,
    secondFactor: false,
    shownAt: null,
    scopes: Object.freeze([...row.scopes]),
    address: origin.address,
    requestId: origin.requestId,
  });
}
