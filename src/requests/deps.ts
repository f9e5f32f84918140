import type { PolicySet } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import type { Tx } from '../db/index.js';
import type { Accounts } from '../accounts/index.js';
import type { RecordsDeps } from '../records/index.js';
import type { SearchDeps } from '../search/index.js';

/** What an approved application becomes. */
export interface GrantOrder {
  kind: 'internal' | 'external' | 'confidential';
  personId: string;
  recordIds: readonly string[];
  acts: readonly string[];
  purpose: string;
  startsAt: Date;
  endsAt: Date;
  readings: number | null;
  requestId: string;
  supervisedFor?: string;
}

/** What the use-cases of applications work with. */
export interface RequestsDeps extends Pick<RecordsDeps, 'db' | 'audit' | 'access' | 'vault' | 'keystore' | 'schemes' | 'settings' | 'now' | 'assertOpen'> {
  /** The rules that act now: who decides. */
  rules(): PolicySet;
  people: Pick<Accounts, 'holdersOf'>;
  search: SearchDeps;
  /** Gives what was approved, in the transaction of the last approval. */
  grant(tx: Tx, actor: Actor, order: GrantOrder): Promise<{ id: string }>;
  /** Takes it back in the transaction of the hand-back; nothing where it is over already. */
  handBack(tx: Tx, actor: Actor, grantId: string, result: 'solved' | 'partly' | 'not_found' | 'not_needed'): Promise<void>;
}
