import { verifyStored, type Audit, type LogReport } from '../../src/audit/index.js';
import type { Keystore } from '../../src/crypto/index.js';
import { sql } from '../../src/db/index.js';
import type { TestDatabase } from '../support/database.js';
import { testEntry } from '../support/audit.js';

/** Verifies the log of a test database with everything that is at hand, the signer's memory included. */
export function check(database: TestDatabase, keystore: Keystore): Promise<LogReport> {
  return verifyStored(database.owner, keystore);
}

/** Appends entries, each in a transaction of its own or all in one; resolves when all are settled. */
export async function fill(database: TestDatabase, audit: Audit, count: number, options: { together?: boolean; act?: string } = {}): Promise<string[]> {
  const entries = Array.from({ length: count }, (_, i) => testEntry({ act: options.act ?? 'record.list', facts: { count: i } }));
  const pending = options.together
    ? await database.app.tx((tx) => audit.appendMany(tx, entries))
    : await Promise.all(entries.map((entry) => database.app.tx((tx) => audit.append(tx, entry))));
  await Promise.all(pending.map((one) => audit.settled(one)));
  return pending.map((one) => one.id);
}

/** How often each id stands in the log: must be once. */
export async function timesInLog(database: TestDatabase, ids: readonly string[]): Promise<number[]> {
  const rows = await database.owner.many<{ n: number }>(sql`
    select count(e.id)::int as n from unnest(${ids}::uuid[]) as wanted (id) left join audit_entries e on e.id = wanted.id group by wanted.id`);
  return [...new Set(rows.map((row) => row.n))];
}
