import { sql, type Queryable } from '../../db/index.js';
import type { AgreedBreak, BreakReason, BrokenLog, LogPoint } from './break.js';

export interface BreakRow extends BrokenLog {
  id: string;
  reason: BreakReason;
  words: Buffer;
  proposedAt: Date;
  proposedPerson: string;
  proposedBy: string;
  decidedAt: Date | null;
  decidedBy: string | null;
  decision: 'agreed' | 'refused' | null;
  seal: Buffer | null;
}

interface Raw {
  id: string;
  log: string;
  signed_size: bigint | null;
  signed_root: Buffer | null;
  published_size: bigint | null;
  published_root: Buffer | null;
  held_size: bigint;
  held_root: Buffer;
  held_digest: Buffer;
  reason: BreakReason;
  words: Buffer;
  proposed_at: Date;
  proposed_person: string;
  proposed_pseudonym: string;
  decided_at: Date | null;
  decided_pseudonym: string | null;
  decision: 'agreed' | 'refused' | null;
  seal: Buffer | null;
}

const COLUMNS = sql`id, log, signed_size, signed_root, published_size, published_root, held_size, held_root, held_digest, reason, words,
  proposed_at, proposed_person, proposed_pseudonym, decided_at, decided_pseudonym, decision, seal`;

const point = (size: bigint | null, root: Buffer | null): LogPoint | null => (size === null || root === null ? null : { size, root });

const toRow = (raw: Raw): BreakRow => ({
  id: raw.id,
  log: raw.log,
  signed: point(raw.signed_size, raw.signed_root),
  published: point(raw.published_size, raw.published_root),
  held: { size: raw.held_size, root: raw.held_root, digest: raw.held_digest },
  reason: raw.reason,
  words: raw.words,
  proposedAt: raw.proposed_at,
  proposedPerson: raw.proposed_person,
  proposedBy: raw.proposed_pseudonym,
  decidedAt: raw.decided_at,
  decidedBy: raw.decided_pseudonym,
  decision: raw.decision,
  seal: raw.seal,
});

export interface Proposal extends BrokenLog {
  id: string;
  reason: BreakReason;
  words: Buffer;
  at: Date;
  person: string;
  pseudonym: string;
}

/** `false` where a proposal is open already. */
export async function insertBreak(db: Queryable, one: Proposal): Promise<boolean> {
  const made = await db.many(sql`
    insert into audit_breaks (id, log, signed_size, signed_root, published_size, published_root, held_size, held_root, held_digest, reason, words,
      proposed_at, proposed_person, proposed_pseudonym)
    values (${one.id}, ${one.log}, ${one.signed?.size ?? null}, ${one.signed?.root ?? null}, ${one.published?.size ?? null}, ${one.published?.root ?? null},
      ${one.held.size}, ${one.held.root}, ${one.held.digest}, ${one.reason}, ${one.words}, ${one.at}, ${one.person}, ${one.pseudonym})
    on conflict do nothing returning id`);
  return made.length > 0;
}

export async function lockBreak(tx: Queryable, id: string): Promise<BreakRow | undefined> {
  const raw = await tx.maybe<Raw>(sql`select ${COLUMNS} from audit_breaks where id = ${id} for update`);
  return raw && toRow(raw);
}

export interface Decided {
  at: Date;
  person: string;
  pseudonym: string;
  decision: 'agreed' | 'refused';
  seal: Buffer | null;
}

export async function decideBreak(tx: Queryable, id: string, one: Decided): Promise<void> {
  await tx.run(sql`
    update audit_breaks set decided_at = ${one.at}, decided_person = ${one.person}, decided_pseudonym = ${one.pseudonym}, decision = ${one.decision}, seal = ${one.seal}
    where id = ${id}`);
}

/** Proposals and decisions, the newest first. */
export async function selectBreaks(db: Queryable, limit: number): Promise<BreakRow[]> {
  return (await db.many<Raw>(sql`select ${COLUMNS} from audit_breaks order by proposed_at desc, id desc limit ${limit}`)).map(toRow);
}

/** What was agreed to, the newest first. */
export async function selectAgreed(db: Queryable): Promise<{ agreed: AgreedBreak; seal: Buffer }[]> {
  const rows = (await db.many<Raw>(sql`select ${COLUMNS} from audit_breaks where decision = 'agreed' order by decided_at desc limit 20`)).map(toRow);
  return rows.flatMap((row) => (row.seal === null ? [] : [{ agreed: agreedOf(row, row.decidedBy ?? ''), seal: row.seal }]));
}

/** A proposal as it is agreed to by somebody. */
export function agreedOf(row: BreakRow, decidedBy: string): AgreedBreak {
  const { id, log, signed, published, held, reason } = row;
  return { id, log, signed, published, held, reason, persons: [row.proposedBy, decidedBy] };
}

/** Heads of a log, the newest first. */
export function selectHeads(db: Queryable, log: string, limit: number): Promise<{ size: bigint; root: Buffer; note: string; last_t: Date }[]> {
  return db.many(sql`select size, root, note, last_t from audit_heads where log = ${log} order by size desc limit ${limit}`);
}
