import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { killUnderLoad } from '../../scripts/faults/kill.js';

/** The long run: `node dist/scripts/faults/kill.js --times 1000`. */
const KILLS = Number(process.env['LANTAI_TEST_KILLS'] ?? 6);

test('R54: kill -9 of the service, of PostgreSQL or of both loses nothing acknowledged and leaves no reading off the record', async (t) => {
  t.timeout(600_000 + KILLS * 30_000);
  const folder = mkdtempSync(join(tmpdir(), 'lantai-kill-'));
  chmodSync(folder, 0o711);
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const report = await killUnderLoad({ times: KILLS, folder });
  t.deepEqual(report.broken, []);
  t.true(report.acknowledged > 0);
  t.true(report.readings > 0);
  t.true(report.compared > 0);
});
