import { createSecretKey, randomBytes } from 'node:crypto';
import test from 'ava';
import { readPolicies } from '../../src/access/index.js';
import { createAccounts } from '../../src/accounts/index.js';
import { sql } from '../../src/db/index.js';
import { loadDispositionRules, type DispositionDeps, type HoldsDeps } from '../../src/disposition/index.js';
import { loadDemo, type DemoDeps } from '../../src/demo/index.js';
import { loadCalendars } from '../../src/classification/index.js';
import { listAccountReview, loadOversightRules, loadSignalRules, type ReportsDeps } from '../../src/reports/index.js';
import { REQUEST_STATES, type RequestsDeps } from '../../src/requests/index.js';
import { loadPrivacyPolicies, type PrivacyDeps } from '../../src/privacy/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { createVault } from '../../src/vault/index.js';
import { checksOf, looked } from '../checks/support.js';
import { testExecution } from '../disposition/execution/support.js';
import { testArchive } from '../support/archive.js';

const root = (path: string): string => new URL(`../../../${path}`, import.meta.url).pathname;
const archive = await testArchive();
const execution = await testExecution({ archive });
const set = await readPolicies(new URL('../../../policies', import.meta.url).pathname, 'default');
const dispositionRules = await loadDispositionRules(new URL('../../../policies/disposition', import.meta.url).pathname);
const signalRules = await loadSignalRules(root('policies/signals'));
const oversightRules = await loadOversightRules(root('policies/oversight'));
const privacyPolicies = await loadPrivacyPolicies(root('policies/privacy'));
const calendars = await loadCalendars(root('policies/calendar'));
test.after.always(async () => {
  await execution.close();
  await archive.close();
});
const accounts = createAccounts({
  db: archive.deps.db,
  audit: archive.deps.audit,
  policies: { active: () => set },
  secret: createSecretKey(randomBytes(32)),
  keystore: archive.keystore,
  archiveName: '兰台',
  limits: { sessionIdleMinutes: 30, sessionHours: 12, accountSleepDays: 90 },
  now: archive.deps.now,
  random: randomBytes,
});
const records = { ...archive.deps, assertOpen: () => accounts.assertBootstrapped() };
// the demo names records by number: no engine is asked
const requests: RequestsDeps = { ...records, rules: () => set, people: accounts, search: undefined as unknown as RequestsDeps['search'] };
// holds over records and clients ask no query
const holds: HoldsDeps = { ...records, people: accounts, search: undefined as unknown as HoldsDeps['search'], store: archive.store };
const disposition: DispositionDeps = {
  ...records,
  dispositionRules: () => dispositionRules.newest,
  dispositionVersions: dispositionRules.versions,
  rules: () => set,
  people: accounts,
  archiveName: '兰台',
  signer: execution.deps.signer,
};
const due = { ...records, rules: { list: () => Promise.resolve([]) } };
const reports: ReportsDeps = {
  ...records,
  rules: { acting: (_kind, versions) => versions.at(-1) as (typeof versions)[number] },
  signalRules,
  oversightRules,
  calendars,
  settings: { fonds: 'Z001', zone: archive.deps.settings.zone, archiveName: '兰台' },
  random: randomBytes,
  signer: { sign: (digest) => Promise.resolve(digest) },
};
const privacy: PrivacyDeps = {
  ...records,
  policies: privacyPolicies,
  archiveName: '兰台',
  signer: execution.deps.signer,
};
const past: DemoDeps['past'] = {
  at(now) {
    const store = new FolderStore({ folder: archive.storeFolder, now });
    const vault = createVault({ ...execution.vaultDeps, store });
    return { records: { ...records, vault, now }, close: () => store.close() };
  },
  // the index is kept here
  follow: () => Promise.resolve(),
};
const deps: DemoDeps = { records, requests, holds, due, disposition, execution: execution.deps, privacy, past, reports, accounts };

test.serial('an archive that was not opened as a demo refuses it, before and after', async (t) => {
  await t.throwsAsync(loadDemo(deps, { requestId: 'demo', count: 1 }), { code: 'wrong_state' } as never);
});

test.serial('the demo goes through the real use-cases: people, records, files, batches, readings, each with its entry', async (t) => {
  await accounts.openBootstrap({ demo: true, requestId: 'start' });
  const steps: number[] = [];
  const loaded = await loadDemo(deps, { requestId: 'demo', count: 120, onProgress: (done) => void steps.push(done) });
  t.is(loaded.records, 120);
  t.true(loaded.appraisals >= 1);
  const registers = await archive.database.owner.many<{ state: string }>(sql`select state from destruction_registers order by number`);
  t.deepEqual(
    registers.splice(0, 2).map((one) => one.state),
    ['closed', 'closed'],
    'what was destroyed before: at the end of its term, and at the request of its client',
  );
  t.is(registers[0]?.state, 'approving', 'one waits for its approval');
  t.true(
    registers.slice(1).every((one) => ['checked', 'rejected'].includes(one.state)),
    'what was approved is checked by both supervisors',
  );
  t.deepEqual(
    steps,
    Array.from({ length: 120 }, (_, i) => i + 1),
  );
  t.false(
    loaded.credentials.some((one) => one.username === 'ma.jun'),
    'who left gets no password',
  );
  const roles = loaded.credentials.map((one) => one.role);
  for (const role of [
    'agent',
    'supervisor',
    'records_clerk',
    'records_manager',
    'executive',
    'legal',
    'compliance_officer',
    'system_admin',
    'security_admin',
    'audit_admin',
    'integration',
  ]) {
    t.true(roles.includes(role as never), role);
  }
  t.is(roles.filter((role) => role === 'records_clerk').length, 2);
  t.deepEqual(
    await archive.database.owner.many(
      sql`select h.kind, h.state, h.scope, count(x.record_id) > 0 as holding from holds h left join hold_records x on x.hold_id = h.id group by h.id order by h.number`,
    ),
    [
      { kind: 'hold', state: 'in_force', scope: 'client', holding: true },
      { kind: 'freeze', state: 'in_force', scope: 'list', holding: true },
    ],
    'a lawsuit holds a client, a freeze what an inspection asked about',
  );
  const { count, files, coded } = await archive.database.owner.one<{ count: bigint; files: bigint; coded: bigint }>(
    sql`select count(*), (select count(*) from record_files) as files, count(archival_code) as coded from records`,
  );
  t.deepEqual(loaded.destroyed, { records: 6, gone: 6 });
  const all = 120 + 1 + 6; // and the complaint that oversight looks at, and tombstones
  t.is(Number(count), all);
  t.is(Number(files), loaded.files);
  t.is(Number(coded), all - loaded.waiting);
  const confirmed = await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from batches where state = 'confirmed'`);
  t.true(confirmed.n >= 1n);
  t.is((await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from readings where state = 'returned'`)).n > 0n, true);
});

test.serial('R42: its applications stand in every state and kind, one grant is running, and every department that is asked has its head', async (t) => {
  const { owner } = archive.database;
  const rows = await owner.many<{ state: string; kind: string; form: string; refused_for: string | null }>(
    sql`select state, kind, form, refused_for from requests`,
  );
  t.deepEqual([...new Set(rows.map((one) => one.state))].sort(), [...REQUEST_STATES].sort());
  t.deepEqual([...new Set(rows.map((one) => one.kind))].sort(), ['confidential', 'external', 'internal']);
  t.deepEqual([...new Set(rows.map((one) => one.form))].sort(), ['copy', 'paper', 'print', 'view']);
  t.false(rows.some((one) => one.refused_for === 'no_approver'));
  const open = await owner.many<{ role: string }>(sql`select distinct role from request_steps where state = 'open'`);
  t.deepEqual(open.map((one) => one.role).sort(), ['executive', 'records_manager', 'supervisor'], 'a queue for each who decides');
  const live = await owner.one<{ n: number }>(sql`select count(*)::int as n from grants where state = 'live' and ends_at > ${archive.deps.now()}`);
  t.true(live.n >= 2, 'one from inside, one from outside');
});

test.serial(
  'R44, R98: oversight has something to look at: signals, a case in each state, samples, reports, accounts and standing rules that wait',
  async (t) => {
    const { owner } = archive.database;
    const list = async (rows: ReturnType<typeof sql>): Promise<string[]> => (await owner.many<{ x: string }>(rows)).map((row) => row.x);
    const kinds = await list(sql`select distinct kind as x from signals order by 1`);
    for (const kind of ['after_complaint', 'not_returned', 'outside_clients', 'outside_hours', 'refusals', 'same_text', 'volume'])
      t.true(kinds.includes(kind), kind);
    const figures = await owner.many<{ kind: string; figures: Record<string, number> }>(
      sql`select kind, figures from signals where kind in ('outside_clients', 'volume') order by kind`,
    );
    const [strangers, volume] = [figures.find((one) => one.kind === 'outside_clients')?.figures, figures.find((one) => one.kind === 'volume')?.figures];
    t.true((strangers?.['count'] ?? 0) >= 5, 'clients with whom the own department has nothing to do');
    t.true((volume?.['count'] ?? 0) > (volume?.['ownLimit'] ?? Infinity), 'far more than on the days before');
    t.deepEqual(await list(sql`select distinct state as x from signal_cases order by 1`), ['closed', 'open', 'working']);
    t.deepEqual(await list(sql`select state as x from samples order by number`), ['closed', 'open']);
    t.true((await list(sql`select month::text as x from compliance_reports`)).length >= 1);
    t.deepEqual(await list(sql`select state as x from standing_rules where state in ('proposed', 'agreed') order by 1`), ['agreed', 'proposed']);
    const officer = archive.person('compliance_officer', 'office');
    const { counts } = await listAccountReview(reports, officer, {});
    t.true(counts.leaver + counts.leaver_open >= 1 && counts.sleeping >= 1 && counts.unused >= 1, JSON.stringify(counts));
  },
);

test.serial('R55: everything in it fits together: the catalogue, the objects, the keys, the terms and the log', async (t) => {
  const { row, faults } = await looked(checksOf(archive));
  t.deepEqual(
    faults.map(({ part, kind, subject }) => [part, kind, subject]),
    [],
  );
  t.is(row.result, 'whole');
  for (const [part, count] of Object.entries(row.counts)) t.true((count?.done ?? 0) > 0, part);
});

test.serial('it cannot be loaded twice', async (t) => {
  await t.throwsAsync(loadDemo(deps, { requestId: 'again', count: 1 }), { code: 'bootstrap_closed' } as never);
});
