import type { KeyObject } from 'node:crypto';
import type { Db } from '../../db/index.js';
import type { Audit } from '../audit.js';
import type { Actor, EntryInput } from '../types.js';

/** Rights on the log; each is given apart. */
export type LogRight = 'audit.search' | 'audit.export' | 'audit.side';

/** Handed in by `app`: throws `forbidden` unless the actor may, and logs the refusal; else names the policy version that allows it. */
export type Authorize<Right extends string> = (actor: Actor, right: Right) => { policy: string } | Promise<{ policy: string }>;

export interface LogReaderDeps {
  audit: Audit;
  /** As `lantai_app`. */
  db: Db;
  /** Opens side rows. */
  keystore: { secret: (name: string) => KeyObject };
  authorize: Authorize<LogRight>;
}

/** Checks the right, logs the act, and waits until the entry is settled: only then may a result be shown. */
export async function enter(deps: LogReaderDeps, actor: Actor, right: LogRight, entry: Omit<EntryInput, 'actor' | 'decision' | 'policy'>): Promise<void> {
  const { policy } = await deps.authorize(actor, right);
  const pending = await deps.db.tx((tx) => deps.audit.append(tx, { ...entry, actor, decision: 'allow', policy }));
  await deps.audit.settled(pending);
}
