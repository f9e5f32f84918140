import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { listDisclosures, recordDisclosure, referenceContext, type DisclosureEvent } from '../../src/access/index.js';
import { openField } from '../../src/crypto/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { capture } from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';

let archive: TestArchive;
let clerk: Actor;
let recordId: string;
test.before(async () => {
  archive = await testArchive();
  clerk = archive.person('records_clerk', 'archive');
  recordId = (await capture(archive.deps, archive.person('agent'), { draft: testDraft(), files: [] })).id;
});
test.after.always(() => archive.close());

const disclose = (change: Partial<DisclosureEvent> = {}, who = clerk) =>
  archive.deps.db.tx((tx) =>
    recordDisclosure(tx, archive.deps, who, {
      kind: 'request',
      sourceId: null,
      recipient: '某区人民法院',
      recordIds: [recordId, recordId],
      disclosure: { basis: 'authority', reference: '(2026)沪0115调字第9号', law: '民事诉讼法第七十条', assessment: 'PIA-2026-003' },
      ...change,
    }),
  );

test.serial('R103: a disclosure stands in the register with its basis and assessment number, and in the log', async (t) => {
  const { id } = await disclose();
  const [row] = await listDisclosures(archive.deps.db, { record: recordId }, null, 10);
  t.like(row, { id, basis: 'authority', law: '民事诉讼法第七十条', assessment: 'PIA-2026-003', records: 1 });
  t.is(openField(archive.keystore.secret('catalogue'), referenceContext(id), row?.reference_sealed ?? Buffer.alloc(0)), '(2026)沪0115调字第9号');
  const entries = await archive.database.owner.many<{ e: string }>(
    sql`select entry as e from audit_entries where entry like ${`%${id}%`} union all select entry from audit_pending where entry like ${`%${id}%`}`,
  );
  t.is(entries.length, 1);
  t.regex(entries[0]?.e ?? '', /"assessment":"PIA-2026-003"/);
  t.notRegex(entries[0]?.e ?? '', /人民法院|沪0115/);
});

test.serial('R103: without a basis, or what it demands, nothing is disclosed', async (t) => {
  const before = (await listDisclosures(archive.deps.db, {}, null, 100)).length;
  for (const disclosure of [{}, { basis: 'authority', reference: 'x', law: 'y' }, { basis: 'separate_consent', assessment: 'PIA-1' }, { basis: 'whatever' }])
    t.true(isCoded(await t.throwsAsync(disclose({ disclosure })), 'invalid_field'));
  t.true(isCoded(await t.throwsAsync(disclose({ recipient: ' ' })), 'invalid_field'));
  t.true(isCoded(await t.throwsAsync(disclose({ recordIds: [] })), 'invalid_field'));
  t.true(isCoded(await t.throwsAsync(disclose({}, { ...clerk, personId: null })), 'forbidden'));
  t.is((await listDisclosures(archive.deps.db, {}, null, 100)).length, before);
});

test.serial('R103: the database itself refuses a disclosure without an assessment number, and any change of the register', async (t) => {
  const { id } = await disclose();
  const written = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'disclosure.record', subject: { kind: 'disclosure', id }, decision: 'allow' });
    await tx.run(
      sql`insert into disclosures (id, at, by_person, kind, recipient_sealed, basis, law, records, reference_sealed, entry_id) values (gen_random_uuid(), now(), gen_random_uuid(), 'other', 'x', 'authority', 'y', 1, 'z', gen_random_uuid())`,
    );
  });
  t.is(((await t.throwsAsync(written)) as { code?: string }).code, '23514');
  t.is(((await t.throwsAsync(archive.deps.db.run(sql`update disclosures set basis = 'client' where id = ${id}`))) as { code?: string }).code, '42501');
});
