import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openKeystore } from '../../src/crypto/index.js';
import { newId, type Sql, sql } from '../../src/db/index.js';
import { CodedError, isCoded } from '../../src/errors/index.js';
import { decidePlaceEnd, forgetPlace, type KeeperDeps, listPlaceEnds, listPlaces, missingPlaces, proposePlaceEnd } from '../../src/vault/index.js';
import { testActor as anActor, testEntry } from '../support/audit.js';
import { confirmEnd } from '../support/places.js';
import { testVault, type TestVault } from '../support/vault.js';

/** A keystore with a copy that is not there any more. */
async function withLost(t: ExecutionContext): Promise<{ v: TestVault; deps: KeeperDeps; lost: string; all: KeeperDeps }> {
  const folders = await Promise.all(['a', 'b'].map((name) => mkdtemp(join(tmpdir(), `lantai-test-places-${name}-`))));
  const both = await openKeystore(folders[0] ?? '', { create: true, copies: folders.slice(1), recheckAfter: 0 });
  const v = await testVault({}, both);
  t.teardown(async () => {
    await v.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
  const deps = { ...v.deps, keystore: await openKeystore(folders[0] ?? '', { recheckAfter: 0 }) };
  const lost = (await listPlaces(deps, v.actor)).find((one) => one.place === null)?.id ?? '';
  return { v, deps, lost, all: v.deps };
}

const testActor = () => anActor({ personId: newId(), pseudonym: `p-${newId().slice(-6)}` });
const words = 'The room burnt down.';
const code = async (t: ExecutionContext, work: Promise<unknown>, wanted: string, what?: string): Promise<void> =>
  void t.true(isCoded(await t.throwsAsync(work, undefined, what), wanted as never), what);

test('R70: a place of the keystore is ended by two persons and the command, in this order, once', async (t) => {
  const { v, deps, lost, all } = await withLost(t);
  const [first, second] = [testActor(), testActor()];
  const propose = (input: Partial<Parameters<typeof proposePlaceEnd>[2]>, by = first) =>
    proposePlaceEnd(deps, by, { place: lost, fate: 'destroyed', words, ...input });
  t.deepEqual(await missingPlaces(deps), [lost]);
  await code(t, propose({ words: '  ' }), 'invalid_field', 'without a word');
  await code(t, propose({ words: 'x'.repeat(2001) }), 'invalid_field', 'too many words');
  await code(t, propose({ fate: 'sold' as never }), 'invalid_field', 'a fate that is none');
  await code(t, propose({ place: newId() }), 'not_found', 'no such place');
  await code(t, propose({ place: 'copy 1' }), 'not_found', 'no identity');
  await code(t, propose({}, { ...first, kind: 'system', personId: null } as never), 'forbidden', 'a machine');
  await code(t, proposePlaceEnd(all, first, { place: lost, fate: 'destroyed', words }), 'conflict', 'one that can be reached');
  const id = await propose({});
  await code(t, propose({}, second), 'conflict', 'asked for twice');
  await code(t, forgetPlace(deps, v.actor, lost, 'destroyed'), 'second_person', 'not confirmed');
  await code(t, decidePlaceEnd(deps, first, id, true), 'same_person', 'by the same person');
  await code(t, decidePlaceEnd(deps, { ...testActor(), personId: first.personId }, id, true), 'same_person', 'or from another account of his');
  await code(t, decidePlaceEnd(all, second, id, true), 'conflict', 'it is there again');
  await code(t, decidePlaceEnd(deps, second, newId(), true), 'not_found');
  await decidePlaceEnd(deps, second, id, true);
  await code(t, decidePlaceEnd(deps, testActor(), id, false), 'conflict', 'decided is decided');
  t.deepEqual(await missingPlaces(deps), [lost], 'confirmed is not ended');
  await code(t, forgetPlace(deps, v.actor, lost, 'overwritten'), 'second_person', 'another fate than was confirmed');
  await code(t, forgetPlace(all, v.actor, lost, 'destroyed'), 'conflict', 'it is there again');
  const late = { ...deps, now: () => new Date(Date.now() + 31 * 86_400_000) };
  await code(t, forgetPlace(late, v.actor, lost, 'destroyed'), 'second_person', 'confirmed long ago');
  await forgetPlace(deps, v.actor, lost, 'destroyed');
  t.deepEqual(await missingPlaces(deps), []);
  await code(t, forgetPlace(deps, v.actor, lost, 'destroyed'), 'not_found', 'once');
  await code(t, propose({}), 'conflict', 'what was ended is not asked for');
  t.is((await listPlaces(deps, v.actor)).find((one) => one.id === lost)?.ended, 'destroyed');
  const [shown] = await listPlaceEnds(deps, v.actor);
  t.like(shown, { id, words, decision: 'confirmed', proposedBy: first.pseudonym, decidedBy: second.pseudonym });
  await code(t, v.vault.prepare(), 'key_unavailable', 'where it comes back the keystore is refused');
  const { rows } = await v.database.owner.one<{ rows: string[] }>(
    sql`select array_agg((entry::jsonb ->> 'act') || ' ' || (entry::jsonb ->> 'decision') order by (entry::jsonb ->> 'act'), (entry::jsonb ->> 'decision')) as rows
      from (select entry from audit_entries union all select entry from audit_pending) e where entry::jsonb ->> 'act' ~ '^key[.].*_end$'`,
  );
  t.deepEqual(
    rows,
    ['key.confirm_end allow', 'key.confirm_end deny', 'key.confirm_end deny', 'key.end_place allow', 'key.propose_end allow'].filter((one) =>
      one.includes('_end '),
    ),
  );
  const { leaks } = await v.database.owner.one<{ leaks: bigint }>(
    sql`select count(*) as leaks from (select entry from audit_entries union all select entry from audit_pending) e where entry like ${`%${words}%`}`,
  );
  t.is(leaks, 0n, 'what was said stands beside the log, not in it');
});

test('R70: who may not is refused before anything happens; a refusal by the second person ends nothing', async (t) => {
  const { v, deps, lost } = await withLost(t);
  const none = { ...deps, authorize: () => Promise.reject(new CodedError('forbidden')) };
  await code(t, proposePlaceEnd(none, testActor(), { place: lost, fate: 'destroyed', words }), 'forbidden');
  const id = await proposePlaceEnd(deps, testActor(), { place: lost, fate: 'destroyed', words });
  await code(t, decidePlaceEnd(none, testActor(), id, true), 'forbidden');
  await code(t, listPlaceEnds(none, v.actor), 'forbidden');
  await decidePlaceEnd(deps, testActor(), id, false);
  await code(t, forgetPlace(deps, v.actor, lost, 'destroyed'), 'second_person');
  await confirmEnd(deps, lost, 'overwritten');
  await code(t, forgetPlace(none, v.actor, lost, 'overwritten'), 'forbidden');
  await forgetPlace(deps, v.actor, lost, 'overwritten');
});

test('R70: straight SQL under the server’s own role ends no place', async (t) => {
  const { v, deps, lost } = await withLost(t);
  const asApp = (...statements: Sql[]): Promise<unknown> =>
    v.database.app.tx(async (tx) => {
      for (const one of statements) await tx.run(one);
      await v.audit.append(tx, testEntry({ act: 'key.status' }));
    });
  const refused = (what: string, ...statements: Sql[]) => t.throwsAsync(asApp(...statements), undefined, what);
  const end = sql`update keystore_places set ended_at = '2026-01-01Z', fate = 'destroyed' where id = ${lost}`;
  const [id, one, other] = [newId(), newId(), newId()];
  const born = sql`insert into keystore_place_ends (id, place_id, fate, words, proposed_at, proposed_person, proposed_pseudonym)
    values (${id}, ${lost}, 'destroyed', ${randomBytes(40)}, now(), ${one}, 'p')`;
  const decided = (person: string): Sql => sql`update keystore_place_ends set decision = 'confirmed', decided_at = now(), decided_person = ${person},
    decided_pseudonym = 'q', seal = ${randomBytes(32)} where id = ${id}`;
  await refused('alone', end);
  await refused('asked for only', born, end);
  await refused('by one person', born, decided(one));
  await refused('called ended by one before there was the rule', sql`update keystore_places set ended_by_one = true where id = ${lost}`);
  await refused(
    'a place that begins as ended',
    sql`insert into keystore_places (id, first_seen, ended_at, fate) values (${newId()}, now(), now(), 'destroyed')`,
  );
  await refused('the place away', sql`delete from keystore_places where id = ${lost}`);
  await refused('never was', born, decided(other), sql`delete from keystore_place_ends where id = ${id}`);
  // with two persons made up and a seal of his own the row stands, and is worth nothing: the seal is not the keystore's
  await asApp(born, decided(other));
  await code(t, forgetPlace(deps, v.actor, lost, 'destroyed'), 'second_person');
  await asApp(sql`update keystore_place_ends set executed_at = '2026-01-01Z' where id = ${id}`, end);
  t.deepEqual(await missingPlaces(deps), [lost], 'a destruction still waits for it');
});
