import { keeper, openArchive } from '../../src/app/index.js';
import { systemActor, verifyStored } from '../../src/audit/index.js';
import { loadConfig, silentLogger } from '../../src/config/index.js';
import { sql } from '../../src/db/index.js';
import { verifyObjects } from '../../src/vault/index.js';
import type { Ledger } from './load.js';

export interface Findings {
  /** Empty when everything holds; otherwise what was broken. */
  broken: string[];
  records: number;
  objects: number;
  entries: number;
}

/**
 * Attaches to the archive and compares it with what was promised: nothing acknowledged is lost, no byte left without an
 * entry in the log, no record lacks its objects, the codes have no gap, and the log verifies from end to end.
 */
export async function checkArchive(dataDir: string, ledger: Ledger): Promise<Findings> {
  const archive = await openArchive(loadConfig({ LANTAI_DATA: dataDir }), { log: silentLogger, tell: () => undefined, migrate: false });
  const broken: string[] = [];
  try {
    await archive.audit.startIntegrator();
    await archive.policies.start();
    await archive.rules.start();
    const { db } = archive;
    const ids = ledger.acknowledged.map((one) => one.id);
    const there = new Set(
      (
        await db.many<{ key: string }>(sql`select id || ' ' || service_no as key from records where id = any(${ids}::uuid[]) and archival_code is not null`)
      ).map((row) => row.key),
    );
    for (const { id, serviceNo } of ledger.acknowledged) if (!there.has(`${id} ${serviceNo}`)) broken.push(`acknowledged and lost: ${serviceNo}`);

    const doubled = await db.many<{ number: string }>(
      sql`select service_no as number from records where source_system = 'faults' group by service_no having count(*) > 1`,
    );
    for (const { number } of doubled) broken.push(`taken in twice: ${number}`);

    const logged = await db.many<{ reading: string }>(
      sql`select distinct entry::jsonb #>> '{facts,reading}' as reading from audit_entries where act = 'reading.view.begin'`,
    );
    const known = new Set(logged.map((row) => row.reading));
    for (const reading of ledger.readings) if (!known.has(reading)) broken.push(`read without an entry: ${reading}`);

    const report = await verifyObjects(keeper(archive), systemActor());
    for (const { objectId, kind } of report.damaged) broken.push(`object ${objectId}: ${kind}`);
    const bare = await db.many<{ id: string }>(sql`select r.id from records r where not exists (select from objects o where o.record_id = r.id) limit 20`);
    for (const { id } of bare) broken.push(`record without an object: ${id}`);

    const gaps = await db.many<{ series: string }>(sql`
      select regexp_replace(archival_code, '[0-9]+$', '') as series from records where archival_code is not null
      group by 1 having count(*) <> max(substring(archival_code from '[0-9]+$')::bigint)`);
    for (const { series } of gaps) broken.push(`codes with a gap: ${series}`);

    const log = await verifyStored(db, archive.keystore);
    for (const fault of log.faults) broken.push(`log: ${fault.kind} at ${fault.log}/${String(fault.sequence)}`);
    const { count } = await db.one<{ count: number }>(sql`select count(*)::int as count from records`);
    return { broken, records: count, objects: report.checked, entries: log.entries };
  } finally {
    await archive.rules.stop();
    await archive.policies.stop();
    await archive.close();
  }
}
