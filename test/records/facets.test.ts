import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { captureMany, listRecords, openImportBatch, type RecordFilter, type RecordsDeps } from '../../src/records/index.js';
import { CHANNELS, CLIENT_TYPES, MEDIA, SERVICE_TYPES } from '../../src/records/values.js';
import { testArchive, testDraft } from '../support/archive.js';

const DEPARTMENTS = ['hotline', 'field'];
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

/** Every page of a filter, three records each; the ids in the order in which they came. */
async function pages(deps: RecordsDeps, viewer: Actor, filter: RecordFilter): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await listRecords(deps, viewer, { ...filter, limit: 3, ...(after === undefined ? {} : { after }) });
    ids.push(...page.items.map((one) => one.id));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return ids;
}

test('R91: filters of two or more closed sets give, page by page and under rights, what picking from the whole list gives', async (t) => {
  const archive = await testArchive();
  try {
    const { deps } = archive;
    const clerk = archive.person('records_clerk', 'archive');
    const batch = await openImportBatch(deps, clerk, 'crm');
    // two of each minute, so that pages also break between equal times
    const drafts = Array.from({ length: 240 }, (_, i) => ({
      draft: testDraft({
        serviceType: pick(SERVICE_TYPES, Math.floor(i / 3)),
        client: { number: `C-${i % 7}`, name: '王小明', type: pick(CLIENT_TYPES, Math.floor(i / 2)) },
        medium: pick(MEDIA, Math.floor(i / 5)),
        channel: pick(CHANNELS, i),
        sensitivity: pick(['public', 'internal', 'sensitive', 'highly_sensitive'], Math.floor(i / 7)),
        department: pick(DEPARTMENTS, Math.floor(i / 11)),
        closedAt: new Date(Date.UTC(2026, 2, 1, 2, Math.floor(i / 2))).toISOString(),
      }),
    }));
    const outcomes = await captureMany(deps, clerk, drafts, { batchId: batch.id, importId: null });
    t.true(outcomes.every((one) => one.status !== 'rejected' || one.code === 'out_of_scope'));
    const filters: RecordFilter[] = [
      { type: 'routine', medium: 'paper' },
      { clientType: 'government', channel: 'email' },
      { type: 'complaint', clientType: 'individual', medium: 'electronic' },
      { medium: 'paper', channel: 'internal', sensitivity: 'internal' },
      { type: 'training', channel: 'other', medium: 'electronic', evaluation: 5, year: 2026 },
      { type: 'survey', medium: 'paper', department: 'field' },
      { type: 'survey', medium: 'paper', client: 'C-3' },
    ];
    for (const viewer of [clerk, archive.person('agent'), archive.person('agent', 'field')]) {
      const first = await listRecords(deps, viewer, { limit: 200 });
      const all = [...first.items, ...(first.next === null ? [] : (await listRecords(deps, viewer, { limit: 200, after: first.next })).items)];
      for (const filter of filters) {
        const expected = all.filter(
          (one) =>
            (filter.type === undefined || one.serviceType === filter.type) &&
            (filter.clientType === undefined || one.clientType === filter.clientType) &&
            (filter.client === undefined || one.client.number === filter.client) &&
            (filter.medium === undefined || one.medium === filter.medium) &&
            (filter.channel === undefined || one.channel === filter.channel) &&
            (filter.sensitivity === undefined || one.sensitivity === filter.sensitivity) &&
            (filter.department === undefined || one.department === filter.department),
        );
        t.deepEqual(
          await pages(deps, viewer, filter),
          expected.map((one) => one.id),
          JSON.stringify(filter),
        );
      }
    }
    const found = await pages(deps, clerk, { type: 'routine', medium: 'paper' });
    t.true(found.length > 3, 'the comparison covers more than one page');
  } finally {
    await archive.close();
  }
});

test('the database knows the closed sets that a list counts on', async (t) => {
  const archive = await testArchive();
  try {
    const [{ text } = { text: '' }] = await archive.database.owner.many<{ text: string }>(
      // what the constraint allows, as the database says it
      sql`select pg_get_constraintdef(oid) as text from pg_constraint where conrelid = 'records'::regclass and pg_get_constraintdef(oid) like 'CHECK ((channel = %'`,
    );
    t.deepEqual(new Set([...text.matchAll(/'([a-z]+)'/g)].map((match) => match[1])), new Set<string | undefined>(CHANNELS));
  } finally {
    await archive.close();
  }
});
