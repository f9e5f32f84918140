import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { verifierKey } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { canonicalJson } from '../../src/crypto/index.js';
import { clearLogs, type LogCertificateData, verifyCertificate, verifyLogCertificate } from '../../src/disposition/index.js';
import { logCertificatePdf } from '../../src/disposition/logs/certificate/pdf.js';
import { bothVerifiers, has, packOf, resummed, writePack, type Files } from '../evidence/support.js';
import { hire } from '../pages/walking.js';
import { archiveDay } from '../support/day.js';
import { pdfsig, pdfText, seesSignatures } from '../support/pdf.js';
import { staffed, testServer, type Answer, type Client, type Staff, type TestServer } from '../support/server.js';
import { alsoAs, endBundleLocks, movedClock, personOf, refusalsOf, signedInAll, withFactors, yearsOn } from '../support/years-on.js';

const DAY = 86_400_000;
const PEOPLE = ['maker', 'clerk', 'manager', 'executor', 'insider', 'compliance', 'agent.two'] as const;
type People = Record<(typeof PEOPLE)[number], Client>;

const clock = movedClock();
const python = await has('python3', '-c', 'import cryptography');
let server: TestServer;
let staff: Staff;
let log = '';
test.before(async (t) => {
  t.timeout(120_000);
  server = await testServer({ now: clock.now });
  staff = await staffed(server);
  for (const name of ['maker', 'executor', 'insider']) await hire(server, staff, name, 'records_clerk', 'archive');
  // a person who could by his roles also approve: only the rule of different persons stands in his way
  for (const name of ['maker', 'executor']) await alsoAs(staff, server, name, 'records_manager');
  await withFactors(server, PEOPLE);
  log = await yearsOn(server, clock);
});
test.after.always(() => server.close());

const said = (answer: Answer): [number, unknown] => [answer.status, answer.json['code']];
const path = '/api/v1/log-destructions';

test.serial('R90, R66–R68, R105: a log past its term goes over the API by different persons, in order; every other way is refused on its route', async (t) => {
  t.timeout(180_000);
  let people: People = await signedInAll(server, PEOPLE);
  const terms = await people.clerk('GET', '/api/v1/log-terms');
  t.is(terms.status, 200, terms.text);
  const [due] = terms.json['items'] as { log: string; due: boolean; against: string[]; register: unknown }[];
  t.like(due, { log, due: true, against: [], register: null });

  // proposing: who may, over what
  for (const stranger of [people.compliance, people.manager, people['agent.two']]) t.is((await stranger('POST', path, { log })).status, 403);
  t.deepEqual(said(await people.clerk('POST', path, { log: String(terms.json['current']) })), [404, 'not_found'], 'the log that is being written');
  t.is((await people.clerk('POST', path, { log: '../x' })).status, 422);
  t.is((await people.clerk('POST', path, { log, all: true })).status, 422, 'nothing that is not asked for');
  const made = await people.maker('POST', path, { log });
  t.is(made.status, 201, made.text);
  const { id, number, digest } = made.json as { id: string; number: string; digest: string };
  t.deepEqual(said(await people.clerk('POST', path, { log })), [409, 'conflict'], 'one register over a log');
  const at = (step: string): string => `${path}/${id}/${step}`;
  const state = async (): Promise<unknown> => (await people.manager('GET', `${path}/${id}`)).json['state'];

  // who takes no part does not learn of it
  for (const step of ['', '/gone']) t.is((await people['agent.two']('GET', `${path}/${id}${step}`)).status, 404);
  t.deepEqual((await people['agent.two']('GET', path)).json['items'], []);
  t.is((await people['agent.two']('POST', at('check'), { digest })).status, 404);
  t.is((await people['agent.two']('POST', at('stop'), { reason: 'x' })).status, 404);

  // no step is skipped
  const seat = async (office: string, who: string, by: Client = people.manager) =>
    by('POST', at('appointments'), { office, personId: await personOf(server, who) });
  t.deepEqual(said(await people.compliance('POST', at('check'), { digest })), [403, 'forbidden'], 'not appointed');
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [403, 'forbidden'], 'not appointed');
  t.is((await people.compliance('POST', at('witness'))).status, 403);

  // approving: another person than the maker, in the own turn, over the very digest
  const answer = { step: 0, digest, agree: true };
  t.deepEqual(said(await people.maker('POST', at('answer'), answer)), [409, 'same_person']);
  t.is((await people.clerk('POST', at('answer'), answer)).status, 403);
  t.deepEqual(said(await people.manager('POST', at('answer'), { ...answer, step: 1 })), [409, 'wrong_state']);
  t.deepEqual(said(await people.manager('POST', at('answer'), { ...answer, digest: '0'.repeat(64) })), [409, 'changed']);
  t.is((await people.manager('POST', at('answer'), { ...answer, agree: false })).status, 422, 'a refusal says why');
  t.is(await state(), 'approving');
  const agreed = await people.manager('POST', at('answer'), answer);
  t.deepEqual([agreed.status, agreed.json['state']], [200, 'approved'], agreed.text);
  t.deepEqual(said(await people.executor('POST', at('answer'), answer)), [409, 'wrong_state'], 'answered already');

  // appointing: nobody twice, one supervisor at least from outside
  t.is((await seat('executor', 'executor', people.clerk)).status, 403);
  for (const who of ['maker', 'manager']) t.deepEqual(said(await seat('supervisor', who)), who === 'maker' ? [409, 'same_person'] : [422, 'invalid_field']);
  t.deepEqual(said(await seat('executor', 'maker')), [409, 'same_person']);
  t.is((await people.manager('POST', at('appointments'), { office: 'executor', personId: newId() })).status, 422);
  t.deepEqual(said(await people.compliance('POST', at('check'), { digest })), [403, 'forbidden']);
  t.is((await seat('executor', 'executor')).status, 201);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'nobody has checked');
  t.deepEqual(said(await seat('supervisor', 'executor')), [409, 'same_person']);
  t.is((await seat('supervisor', 'clerk')).status, 201);
  t.deepEqual(said(await seat('supervisor', 'insider')), [422, 'invalid_field'], 'both from the archive');
  t.is((await people.manager('POST', at('dismiss'), { personId: await personOf(server, 'clerk') })).status < 300, true);
  t.is((await seat('supervisor', 'insider')).status, 201);
  t.deepEqual(said(await people.insider('POST', at('check'), { digest })), [409, 'wrong_state'], 'not everybody is there');
  t.is((await seat('supervisor', 'compliance')).status, 201);
  t.deepEqual(said(await seat('supervisor', 'clerk')), [409, 'wrong_state'], 'both seats are taken');

  // checking, by both, over the very digest
  t.is((await people.executor('POST', at('check'), { digest })).status, 403, 'the executor does not supervise');
  t.deepEqual(said(await people.insider('POST', at('check'), { digest: 'f'.repeat(64) })), [409, 'changed']);
  t.is((await people.insider('POST', at('check'), { digest })).status, 200);
  t.deepEqual(said(await people.insider('POST', at('check'), { digest })), [409, 'wrong_state'], 'once');
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'one has not checked');
  t.deepEqual((await people.compliance('POST', at('check'), { digest })).json, { state: 'checked' });
  t.deepEqual(said(await people.manager('POST', at('dismiss'), { personId: await personOf(server, 'insider') })), [409, 'wrong_state']);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state'], 'the pause runs');
  t.deepEqual(said(await people.insider('POST', at('witness'))), [409, 'wrong_state'], 'nothing was carried out');

  // executing: the appointed one alone, after the pause, with the number typed and a second factor shown anew
  clock.ahead += 8 * DAY;
  people = await signedInAll(server, PEOPLE);
  for (const other of [people.maker, people.insider, people.clerk]) t.is((await other('POST', at('begin'), { number })).status, 403);
  t.is((await people.executor('POST', at('begin'), { number: 'U-2000-000001' })).status, 422);
  t.is(await state(), 'checked');
  const begun = await people.executor('POST', at('begin'), { number });
  t.is(begun.status, 202, begun.text);
  for (let i = 0; i < 300 && (await state()) === 'executing'; i++) await sleep(50);
  const open = (await people.manager('GET', `${path}/${id}`)).json as { state: string; certified: boolean; progress: { locked: number; lockedUntil: string } };
  t.like(open, { state: 'open', certified: true });
  t.true(open.progress.locked > 0, 'the store still locks its bundles');
  t.deepEqual(said(await people.insider('POST', at('stop'), { reason: 'too late' })), [409, 'wrong_state']);
  t.deepEqual(said(await people.executor('POST', at('begin'), { number })), [409, 'wrong_state']);

  // 已监销: the two supervisors alone, each once; it closes only when the last bundle is gone
  t.is((await people.executor('POST', at('witness'))).status, 403);
  t.is((await people.clerk('POST', at('witness'))).status, 403);
  t.is((await people.insider('POST', at('witness'))).status, 204);
  t.deepEqual(said(await people.insider('POST', at('witness'))), [409, 'wrong_state']);
  t.is((await people.clerk('GET', at('certificates/main'))).status, 404, 'one has not signed');
  t.is((await people.compliance('POST', at('witness'))).status, 204);
  t.is(await state(), 'open');
  const main = await people.clerk('GET', at('certificates/main'));
  t.deepEqual([main.status, main.headers.get('content-type')], [200, 'application/pdf']);
  t.true(main.headers.get('content-disposition')?.startsWith(`attachment; filename="Z${number}.pdf"`));
  t.is((await people.clerk('GET', at('certificates/supplement'))).status, 404, 'something is under lock');
  await endBundleLocks(server, log);
  await clearLogs(server.serving.archive.logTerms);
  t.is(await state(), 'closed');
  t.is((await server.database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_entries where log = ${log}`)).n, 0);

  // what was refused is on record, with its reason; looking at it and taking the certificate too
  const refused = await refusalsOf(server, id);
  for (const one of [
    'answer same_person',
    'answer changed',
    'appoint same_person',
    'check forbidden',
    'begin wrong_state',
    'witness wrong_state',
    'stop wrong_state',
  ])
    t.true(refused.includes(one), `${one} in ${refused.join(', ')}`);
  const note = await people.clerk('GET', at('gone'));
  t.is(note.headers.get('content-disposition'), `attachment; filename="${number}-gone.txt"`);
  t.is(note.text.split('\n')[1], 'entries destroyed');
  t.is((await people['agent.two']('GET', at('gone'))).status, 404);

  // the certificate for people, and its supplement once nothing was under lock
  for (const kind of ['main', 'supplement']) {
    t.is((await people['agent.two']('GET', at(`certificates/${kind}`))).status, 404);
    t.is((await people['agent.two']('GET', `/log-destructions/${id}/certificates/${kind}`)).status, 404);
  }
  t.is((await people.clerk('GET', at('certificates/other'))).status, 422);
  const supplement = await people.clerk('GET', `/log-destructions/${id}/certificates/supplement`);
  t.true(supplement.headers.get('content-disposition')?.startsWith(`attachment; filename="Z${number}-S.pdf"`));
  Object.assign(kept, { compliance: people.compliance, main: main.bytes, supplement: supplement.bytes, id, number, note: note.text });
  const view = (await people.clerk('GET', `${path}/${id}`)).json as { certificates: { kind: string; number: string; locked: number }[] };
  t.deepEqual(
    view.certificates.map((one) => [one.kind, one.number, one.locked > 0]),
    [
      ['main', `Z${number}`, true],
      ['supplement', `Z${number}-S`, false],
    ],
  );
  const seen = await server.database.owner.many<{ act: string; n: number }>(
    sql`select e::jsonb ->> 'act' as act, count(*)::int as n from (select entry as e from audit_entries union all select entry from audit_pending) x
      where e::jsonb -> 'subject' ->> 'id' = ${id} and e::jsonb ->> 'act' = any (${['destruction.certify', 'destruction.certificate']}) group by 1 order by 1`,
  );
  t.deepEqual(
    seen.map((one) => [one.act, one.n]),
    [
      ['destruction.certificate', 3],
      ['destruction.certify', 2],
    ],
  );

  // and what is gone is said everywhere
  const proof = await people.compliance('GET', `/api/v1/audit/logs/${log}/entries/3/proof`);
  t.deepEqual(said(proof), [410, 'entries_gone']);
  const [after] = (await people.clerk('GET', '/api/v1/log-terms')).json['items'] as { log: string; due: boolean; against: string[] }[];
  t.like(after, { log, due: false, against: ['gone'], register: { id, number, state: 'closed' } });
});

const kept = { compliance: undefined as unknown as Client, main: Buffer.alloc(0), supplement: Buffer.alloc(0), id: '', number: '', note: '' };

test.serial('R72, R90: the certificate of the end of a log verifies by itself, says who signed where, and nothing that was changed in it does', async (t) => {
  const { authority } = await server.serving.archive.certificates.current();
  const trusted = [authority.fingerprint];
  const found = verifyLogCertificate(kept.main, trusted);
  t.true(found.ok, JSON.stringify(found));
  if (!found.ok) return;
  t.like(found.data, { number: `Z${kept.number}`, kind: 'main', register: { id: kept.id, number: kept.number }, log: { name: log }, note: kept.note });
  t.true(found.data.removed.bundlesLocked > 0);
  t.deepEqual([found.data.maker.name, found.data.executor.name, found.data.approvals[0]?.name], ['maker', 'executor', 'manager']);
  t.deepEqual(found.data.supervisors.map((one) => one.name).toSorted(), ['compliance', 'insider']);
  for (const one of [...found.data.approvals, found.data.executor, ...found.data.supervisors])
    t.true(Number.isInteger(one.log?.sequence), `${one.name} with a place in the log`);
  for (const one of found.data.supervisors) t.true(Number.isInteger(one.checkedLog?.sequence));
  const later = verifyLogCertificate(kept.supplement, trusted);
  t.like(later.ok ? later.data : later, { kind: 'supplement', removed: { bundlesLocked: 0, lockedUntil: null } });
  t.deepEqual(verifyLogCertificate(kept.main, ['0'.repeat(64)]), { ok: false, why: 'authority' });
  t.deepEqual(verifyLogCertificate(Buffer.concat([kept.main, Buffer.from('more')]), trusted), { ok: false, why: 'changed' });
  t.deepEqual(verifyCertificate(kept.main, trusted), { ok: false, why: 'no_data' }, 'it is none over records');
  for (const at of [200, Math.trunc(kept.main.length / 2), kept.main.length - 10]) {
    const changed = Buffer.from(kept.main);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    t.false(verifyLogCertificate(changed, trusted).ok, String(at));
  }
  // signed by the archive, but over other facts than the register: the digest that everybody signed says so
  const forged = async (change: (data: LogCertificateData) => LogCertificateData): Promise<unknown> => {
    const data = change(structuredClone(found.data));
    const pdf = await logCertificatePdf(server.serving.archive.logTerms, data, Buffer.from(canonicalJson(data)), new Date(data.madeAt));
    const answer = verifyLogCertificate(pdf, trusted);
    return answer.ok ? 'ok' : answer.why;
  };
  t.is(await forged((data) => data), 'ok');
  t.is(await forged((data) => ({ ...data, log: { ...data.log, size: String(BigInt(data.log.size) - 1n) } })), 'digest');
  t.is(await forged((data) => ({ ...data, term: { ...data.term, until: '2020-01-01' } })), 'digest');
  t.is(await forged((data) => ({ ...data, note: data.note.replace(kept.number, 'U-2033-000099') })), 'note');
  t.is(await forged((data) => ({ ...data, note: '' })), 'note');
});

(seesSignatures ? test.serial : test.serial.skip)(
  'R72: pdfsig finds the certificate of the end of a log signed whole, and both languages stand in it',
  async (t) => {
    const { authority } = await server.serving.archive.certificates.current();
    for (const pdf of [kept.main, kept.supplement]) {
      const said = await pdfsig(pdf, authority.pem);
      t.regex(said, /Signature is Valid/);
      // by this machine's clock its signing certificate, of seven years on, is not in force: the authority behind it is known
      t.notRegex(said, /issuer/i);
    }
    const printed = pdfText(kept.main)?.replace(/\s+/g, '') ?? '';
    for (const text of ['审计日志条目销毁证明', 'Certificateofdestructionofauditlogentries', kept.number, 'entriesdestroyed', '已监销', 'Witnessed'])
      t.true(printed.includes(text), `${text} in ${printed.slice(0, 800)}`);
  },
);

test.serial('R72: lantai verify certificate takes the certificate of a log: exit code 0, and 2 for one that was changed', async (t) => {
  const { authority } = await server.serving.archive.certificates.current();
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-certificate-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'authority.pem'), authority.pem);
  await writeFile(join(folder, 'good.pdf'), kept.main);
  const bad = Buffer.from(kept.main);
  bad.writeUInt8(bad.readUInt8(300) ^ 1, 300);
  await writeFile(join(folder, 'bad.pdf'), bad);
  const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
  const run = (file: string, lang: string) =>
    spawnSync(process.execPath, [main, 'verify', 'certificate', join(folder, file), '--authority', join(folder, 'authority.pem')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LANG: lang, LANTAI_LANG: lang },
    });
  const good = run('good.pdf', 'en_US.UTF-8');
  t.is(good.status, 0, good.stderr);
  t.regex(good.stdout, new RegExp(`Z${kept.number}[^]*${log}`));
  t.is(run('bad.pdf', 'zh_CN.UTF-8').status, 2);
});

test.serial(
  'R90: a pack over a time of which entries are gone holds what remains, says which are gone and why, and both verifiers accept it and nothing changed in it',
  async (t) => {
    t.timeout(120_000);
    const { audit } = server.serving.archive;
    const key = verifierKey(audit.originOf(log), audit.publicKey);
    const folder = await mkdtemp(join(tmpdir(), 'lantai-test-gone-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const found = async (files: Files, name: string): Promise<string[]> => {
      const path = join(folder, `${name}.zip`);
      await writePack(files, path);
      const { ours, theirs } = await bothVerifiers(path, { keys: key }, ['--key', key]);
      if (python) t.deepEqual(theirs, ours, name);
      return ours;
    };
    const { files, made } = await packOf(t, kept.compliance, archiveDay(-1), archiveDay(0, clock.now()));
    t.deepEqual(
      (made['gone'] as { log: string; procedure: string }[]).map((one) => [one.log, one.procedure]),
      [[log, kept.number]],
    );
    const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '') as { entries: number; gone: Record<string, unknown>[]; logs: { log: string }[] };
    t.true(manifest.entries > 0);
    t.like(manifest.gone[0], { log, procedure: kept.number, hashes: true });
    t.false(manifest.logs.some((one) => one.log === log));
    t.is(files.get(`gone/${log}/note`)?.toString(), kept.note);
    t.is(files.get(`gone/${log}/hashes`)?.length, 32 * Number(manifest.gone[0]?.['size']));
    t.deepEqual(await found(files, 'whole'), []);
    const printed = pdfText(files.get('evidence.pdf') ?? Buffer.alloc(0))?.replace(/\s+/g, '');
    if (printed !== undefined)
      for (const text of ['已期满销毁的条目', 'Entriesthataregonebyrule', kept.number]) t.true(printed.includes(text), `${text} in ${printed.slice(0, 1500)}`);

    // nothing of it can be exchanged; the digests of the list are made anew, as somebody without the signing key would
    const changed = async (name: string, change: (files: Files) => void): Promise<string[]> => {
      const copy: Files = new Map([...files].map(([file, content]) => [file, Buffer.from(content)]));
      change(copy);
      return (await found(resummed(copy), name)).filter((one) => one !== 'document evidence.pdf');
    };
    const flip = (file: string, at: number) => (copy: Files) => {
      const bytes = copy.get(file) ?? Buffer.alloc(0);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    };
    const [note, hashes] = [`gone/${log}/note`, `gone/${log}/hashes`];
    t.deepEqual(await changed('hash', flip(hashes, 100)), [`gone ${hashes}`]);
    t.deepEqual(await changed('first', flip(hashes, 0)), [`gone ${hashes}`]);
    t.deepEqual(await changed('short', (copy) => void copy.set(hashes, (copy.get(hashes) ?? Buffer.alloc(0)).subarray(32))), [`gone ${hashes}`]);
    t.deepEqual(await changed('note', (copy) => void copy.set(note, Buffer.from(kept.note.replace(kept.number, 'U-2033-000009')))), [`gone ${note}`]);
    const said = (change: Record<string, unknown>) => (copy: Files) => {
      const one = JSON.parse(copy.get('manifest.json')?.toString() ?? '') as { gone: object[] };
      copy.set('manifest.json', Buffer.from(canonicalJson({ ...one, gone: [{ ...one.gone[0], ...change }] })));
    };
    for (const change of [
      { size: '7' },
      { procedure: 'U-2033-000009' },
      { at: '2030-01-01T00:00:00.000Z' },
      { last: '2020-01-01T00:00:00.000Z', first: '2019-01-01T00:00:00.000Z' },
    ])
      t.true((await changed(`said ${Object.keys(change).join()}`, said(change))).includes(`gone ${note}`), JSON.stringify(change));

    // where nothing at all remains of the time, the pack says that and holds what stays
    const empty = await packOf(t, kept.compliance, archiveDay(-1), archiveDay(1));
    const only = JSON.parse(empty.files.get('manifest.json')?.toString() ?? '') as { entries: number; logs: unknown[] };
    t.deepEqual([only.entries, only.logs], [0, []]);
    t.deepEqual(await found(empty.files, 'empty'), []);
    for (const lang of ['zh', 'en']) {
      const page = await kept.compliance('GET', `/evidence/${String(empty.made['id'])}`, undefined, { 'Accept-Language': lang });
      t.true(page.text.includes(kept.number), lang);
    }
  },
);
