import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { staffed, testServer } from '../support/server.js';

const AGENTS = 20;
const EACH = 12;
const ROWS = 1500;

test('R3: twenty agents and an import at once: no error, codes gapless, every access begun in the log', async (t) => {
  t.timeout(180_000);
  const server = await testServer();
  try {
    const staff = await staffed(server);
    const lines = Array.from({ length: ROWS }, (_, i) => `T-${i},2026-02-01,李静,C-${i % 90},咨询第${i}次,已解决,王五,5`);
    const form = new FormData();
    form.append('parameters', JSON.stringify({ department: 'hotline', source: 'old-crm' }));
    form.append('file', new Blob([`服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\n${lines.join('\r\n')}\r\n`]), 'old.csv');
    const importing = (async () => {
      const started = await staff.clerk('POST', '/api/v1/imports', form);
      t.is(started.status, 202, started.text);
      for (;;) {
        const receipt = await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}`);
        if (receipt.json['state'] !== 'running') return receipt;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const work = Array.from({ length: AGENTS }, async () => {
      const statuses: number[] = [];
      for (let i = 0; i < EACH; i++) {
        const made = await staff.agent('POST', '/api/v1/records', testDraft());
        statuses.push(made.status);
        const id = String(made.json['id']);
        const reading = await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' });
        const content = await staff.agent('GET', `/api/v1/readings/${String(reading.json['id'])}/content`);
        const found = await staff.agent('GET', '/api/v1/records?limit=20');
        const back = await staff.agent('POST', `/api/v1/readings/${String(reading.json['id'])}/return`, { result: 'solved' });
        statuses.push(reading.status, content.status, found.status, back.status);
      }
      return statuses;
    });
    const counts = new Map<number, number>();
    for (const status of (await Promise.all(work)).flat()) counts.set(status, (counts.get(status) ?? 0) + 1);
    t.deepEqual(
      [...counts].sort(([a], [b]) => a - b),
      [
        [200, AGENTS * EACH * 2],
        [201, AGENTS * EACH * 2],
        [204, AGENTS * EACH],
      ],
    );
    const receipt = await importing;
    t.is(receipt.json['state'], 'finished', receipt.text);
    const gaps = await server.database.owner.many(sql`
      select series, count(*) as n, max(item) as last from (
        select regexp_replace(archival_code, '-[0-9]+$', '') as series, regexp_replace(archival_code, '^.*-', '')::int as item from records where archival_code is not null) codes
      group by series having count(*) <> max(item) or count(*) <> count(distinct item)`);
    t.deepEqual(gaps, []);
    const [row] = await server.database.owner.many<{ n: bigint }>(sql`select count(*) as n from records where archival_code is not null`);
    t.is(row?.n, BigInt(AGENTS * EACH + ROWS));
    const unlogged = await server.database.owner.many(sql`select id from accesses a where not exists (select from audit_entries e where e.id = a.begin_entry)`);
    t.deepEqual(unlogged, []);
  } finally {
    await server.close();
  }
});
