import test from 'ava';
import fc from 'fast-check';
import { makeEntry, readEntry } from '../../src/audit/entry.js';
import type { EntryInput } from '../../src/audit/index.js';
import { planBatch, type BatchContext, type LogEnd, type Taken } from '../../src/audit/log/batch.js';
import { leafHash } from '../../src/audit/log/tree.js';
import { commitmentTo, sideOf } from '../../src/audit/side.js';
import { canonicalJson } from '../../src/crypto/index.js';
import { newId } from '../../src/db/index.js';
import { testActor, testEntry } from '../support/audit.js';

const blind = Buffer.alloc(16, 7);
const make = (changes: Partial<EntryInput> = {}, at = new Date('2026-05-04T03:02:01.007Z')): ReturnType<typeof makeEntry> =>
  makeEntry(testEntry(changes), { id: newId(), at, blind, side: undefined });

test('an entry is canonical JSON with the fields of version 1, and is read back as it was', (t) => {
  const entry = make({ purpose: 'complaint', policy: 'roles@sha256:ab', facts: { count: 3, ids: ['a', 'b'], none: null } });
  t.deepEqual(readEntry(canonicalJson(entry)), entry);
  t.is(entry.t, '2026-05-04T03:02:01.007Z');
  t.false('side' in entry || 'version' in entry, 'what is absent is left out');
  t.is(readEntry(JSON.stringify(entry, null, 1)), undefined);
  for (const wrong of [{ v: 2 }, { t: '2026-05-04' }, { decision: 'maybe' }, { id: 7 }, { subject: 'x' }])
    t.is(readEntry(canonicalJson({ ...entry, ...wrong })), undefined);
});

test('R57: sentences, addresses and what is no code do not get into an entry', (t) => {
  const wrong: Partial<EntryInput>[] = [
    { act: 'capture' },
    { act: 'Record.Capture' },
    { act: `a.${'b'.repeat(70)}` },
    { subject: { kind: 'person', id: 'Zhang San' } },
    { subject: { kind: 'person', id: 'zhang@example.com' } },
    { subject: { kind: 'nothing' as 'person', id: 'x' } },
    { purpose: 'because she called' },
    { facts: { note: 'called back at noon' } },
    { facts: { mail: 'a@example.com' } },
    { facts: { 'Bad Name': 1 } },
    { facts: { n: Number.NaN } },
    { facts: { list: Array.from({ length: 200 }, () => newId()) } },
    { decision: 'perhaps' as 'allow' },
    { actor: testActor({ pseudonym: 'Zhang San' }) },
    { actor: testActor({ requestId: 'a\nb' }) },
  ];
  for (const one of wrong) t.throws(() => make(one), { message: /^not an audit entry/ }, JSON.stringify(one));
});

test('the commitment to a side row depends on every word of it and on its blind', (t) => {
  const side = sideOf(testEntry({ side: { ticket: 'T-1', empty: '' }, actor: testActor({ address: '192.0.2.1' }) }), Buffer.alloc(32, 1))!;
  t.deepEqual(side.values, { ticket: 'T-1', address: '192.0.2.1' });
  const commitment = commitmentTo(side);
  t.not(commitmentTo({ ...side, blind: Buffer.alloc(32, 2).toString('base64url') }), commitment);
  t.not(commitmentTo({ ...side, values: { ...side.values, ticket: 'T-2' } }), commitment);
  t.is(sideOf(testEntry(), blind), undefined);
});

const context = (now: number): BatchContext => ({ now: new Date(now), newId, blind: () => blind.toString('base64url'), lastCheckpoint: null });

function row(at: number): Taken {
  const entry = make({}, new Date(at));
  return { xact: '1', id: entry.id, entry: canonicalJson(entry), sealed: null };
}

test('R59: whatever the clocks say, batches give a gapless sequence, times that never run backwards, and take every row once', (t) => {
  const around = Date.parse('2026-12-31T23:59:59.000Z');
  const time = fc.integer({ min: around - 5000, max: around + 5000 });
  fc.assert(
    fc.property(fc.array(fc.record({ rows: fc.array(time, { minLength: 1, maxLength: 12 }), now: time }), { maxLength: 6 }), (rounds) => {
      let end: LogEnd | null = null;
      let lastT = '';
      const next = new Map<string, bigint>();
      for (const round of rounds) {
        let waiting = round.rows.map(row);
        while (waiting.length > 0) {
          const batch = planBatch(end, waiting, context(round.now));
          t.true(batch.taken.length > 0);
          for (const one of batch.entries) {
            t.is(one.sequence, next.get(batch.end.log) ?? 0n);
            next.set(batch.end.log, one.sequence + 1n);
            t.true(one.columns.t >= lastT && one.columns.t.startsWith(batch.end.log));
            lastT = one.columns.t;
            t.deepEqual(leafHash(one.text), one.leaf);
            t.is(readEntry(one.text)?.id, one.id);
          }
          waiting = waiting.filter((one) => !batch.taken.includes(one));
          end = batch.end;
        }
      }
    }),
    { numRuns: 60 },
  );
});
