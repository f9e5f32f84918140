import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import test from 'ava';
import { certificatesIn, publishAndStamp } from '../../src/app/index.js';
import { newestCheckpoint, verifierKey } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';
import { timeAuthority, type TimeAuthority } from '../support/time-authority.js';
import { bothVerifiers, command, filesOf, has, madeBy, scratch, today, unpack, writePack, type Files } from './support.js';

let authority: TimeAuthority | undefined;
let server: TestServer;
let staff: Staff;
let folder: { path: string; remove: () => Promise<void> };
let person: string;
let packs: Record<'period' | 'person', string>;
let kept: string;
const python = await has('python3', '-c', 'import cryptography');

/** Asks for a pack, has it approved where it must be, and downloads it. */
async function pack(body: Record<string, unknown>): Promise<string> {
  const asked = await staff.compliance('POST', '/api/v1/evidence-packs', { from: today(), to: today(), reason: '交检查组', ...body });
  if (asked.status !== 201) throw new Error(asked.text);
  const id = String(asked.json['id']);
  if (asked.json['state'] === 'waiting') await staff.auditAdmin('POST', `/api/v1/evidence-packs/${id}/decide`, { agree: true });
  const made = await madeBy(staff.compliance, id);
  const file = await staff.compliance('GET', `/api/v1/evidence-packs/${id}/pack.zip`);
  if (file.status !== 200) throw new Error(`${JSON.stringify(made)} ${file.text}`);
  if (`sha256:${createHash('sha256').update(file.bytes).digest('hex')}` !== made['digest']) throw new Error('another digest');
  const path = join(folder.path, `${String(made['number'])}.zip`);
  await writeFile(path, file.bytes);
  return path;
}

test.before(async () => {
  authority = await timeAuthority();
  const env = authority ? { TIMESTAMP_URL: authority.url, TIMESTAMP_CERTIFICATES: authority.rootFile, TIMESTAMP_MINUTES: '1' } : {};
  server = await testServer({ env });
  staff = await staffed(server);
  folder = await scratch();
  const { archive } = server.serving;
  const found = await server.database.owner.one<{ id: string }>(sql`select person_id as id from accounts where username = 'agent.one'`);
  person = found.id;
  await staff.agent('GET', '/api/v1/records?text=x', undefined, { 'X-Forwarded-For': '10.1.2.3' });
  await publishAndStamp(archive);
  kept = join(folder.path, 'kept');
  await writeFile(kept, (await newestCheckpoint(archive.db)) ?? '');
  for (let i = 0; i < 3; i++) await staff.agent('GET', '/api/v1/readings');
  packs = { period: await pack({ kind: 'period' }), person: await pack({ kind: 'person', subject: 'agent.one', sides: true }) };
});
test.after.always(async () => {
  await server.close();
  await authority?.close();
  await folder.remove();
});

const keyOf = (): string => {
  const { audit } = server.serving.archive;
  return verifierKey(audit.originOf(String(new Date().getUTCFullYear())), audit.publicKey);
};

test.serial('R90: a pack verifies with both programs, with the key, a kept checkpoint and the time stamps', async (t) => {
  const stamps = authority ? { timestamps: certificatesIn(authority.rootFile) } : {};
  for (const path of Object.values(packs)) {
    const outside = [{ name: kept, note: (await import('node:fs')).readFileSync(kept, 'utf8') }];
    const found = await bothVerifiers(path, { keys: keyOf(), outside, ...stamps }, [
      '--key',
      keyOf(),
      '--checkpoint',
      kept,
      ...(authority ? ['--timestamps', authority.rootFile] : []),
    ]);
    t.deepEqual(found, { ours: [], theirs: [], code: python ? 0 : found.code }, path);
  }
});

test.serial('R90: in an empty folder sha256sum, pdfsig, openssl and python3 alone verify it', async (t) => {
  const empty = await scratch();
  t.teardown(empty.remove);
  const files = await filesOf(packs.person);
  await unpack(files, empty.path);
  t.is((await command(empty.path, 'sha256sum', '-c', '--quiet', 'SHA256SUMS')).code, 0);
  if (python) t.is((await command(empty.path, 'python3', 'verify/verify_evidence.py', '.', '--key', keyOf())).code, 0);
  if (await has('pdfsig', '-v')) {
    const signed = await command(empty.path, 'pdfsig', '-nocert', 'evidence.pdf');
    t.regex(signed.out, /Signature is Valid/);
    t.regex(signed.out, /Total document signed/);
    t.is((await command(empty.path, 'pdfdetach', '-savefile', 'evidence.json', '-o', '../evidence.json', 'evidence.pdf')).code, 0);
    t.is((await command(empty.path, 'cmp', 'manifest.json', '../evidence.json')).code, 0);
  }
  const token = [...files.keys()].find((name) => name.startsWith('timestamps/'));
  if (authority) {
    const [, year = '', size = ''] = /^timestamps\/(\d{4})\/(\d{20})-/.exec(token ?? '') ?? [];
    const args = ['ts', '-verify', '-data', `checkpoints/${year}/${size}`, '-in', token ?? '', '-CAfile', authority.rootFile];
    const stamped = await command(empty.path, 'openssl', ...args);
    t.is(stamped.code, 0, stamped.out);
  }
});

test.serial('R57: a pack names nobody but the chosen person, and holds no side row of others', async (t) => {
  const { owner } = server.database;
  const names = await owner.many<{ name: string; id: string }>(sql`select display_name as name, id from persons`);
  const all = async (path: string): Promise<string> =>
    [...(await filesOf(path))]
      .filter(([name]) => /^(entries|sides|proofs|manifest)/.test(name))
      .map(([, bytes]) => bytes.toString('utf8'))
      .join('\n');
  const [period, about] = [await all(packs.period), await all(packs.person)];
  for (const { name, id } of names) {
    t.false(period.includes(`"${name}"`), name);
    t.is(about.includes(`"name":"${name}"`), id === person, name);
  }
  t.false([...(await filesOf(packs.period)).keys()].some((name) => name.startsWith('sides/')));
  const manifest = JSON.parse((await filesOf(packs.person)).get('manifest.json')?.toString('utf8') ?? '') as { subject: { pseudonym: string } };
  const files = await filesOf(packs.person);
  const sides = [...files.keys()].filter((name) => name.startsWith('sides/'));
  t.true(sides.length > 0);
  for (const name of sides) {
    const entry = JSON.parse(files.get(name.replace('sides/', 'entries/'))?.toString('utf8') ?? '') as { actor: string };
    t.is(entry.actor, manifest.subject.pseudonym);
  }
});

/** Each changes a pack as somebody would who wants it to say something else. */
const TAMPER: Record<string, { change: (files: Files) => void; ours: RegExp; theirs?: RegExp }> = {
  'a byte of an entry': { change: (f) => edit(f, /^entries\//, (text) => text.replace('"allow"', '"deny"')), ours: /proof proofs\/.*sums entries\//s },
  'an entry is left out': { change: (f) => f.delete(first(f, /^entries\//)), ours: /count manifest.*missing entries\//s },
  'a proof of another entry': {
    change: (f) => f.set(nth(f, /^proofs\//, 1), f.get(nth(f, /^proofs\//, 0)) as Buffer),
    ours: /proof proofs\/.*sums proofs\//s,
  },
  'a checkpoint changed': { change: (f) => edit(f, /^checkpoints\//, (text) => text.replace(/\n(\d+)\n/, '\n9$1\n')), ours: /signature checkpoints\// },
  'a rule changed': { change: (f) => edit(f, /^rules\/roles/, (text) => text.replace('agent', 'agenx')), ours: /rule rules\/roles.*sums rules\/roles/s },
  'a side row changed': {
    change: (f) => edit(f, /^sides\//, (text) => text.replace(/"values":\{"(\w+)":"/, '"values":{"$1":"x')),
    ours: /side sides\/.*sums sides\//s,
  },
  'a file added': { change: (f) => f.set('entries/note.txt', Buffer.from('x')), ours: /extra entries\/note\.txt/ },
  'the manifest changed': {
    change: (f) => edit(f, /^manifest\.json$/, (text) => text.replace(/"madeAt":"20/, '"madeAt":"19')),
    ours: /document evidence\.pdf/,
  },
  'the document changed': {
    change: (f) => f.set('evidence.pdf', Buffer.concat([f.get('evidence.pdf') as Buffer, Buffer.from('\n')])),
    ours: /document evidence\.pdf/,
  },
  'an entry left out, with lists made anew': {
    change: (f) => {
      const entry = first(f, /^entries\//);
      f.delete(entry);
      f.delete(entry.replace('entries/', 'proofs/').replace('.json', '.tlog-proof'));
      f.delete(entry.replace('entries/', 'sides/'));
      anew(f, (text) => text.replace(/"entries":(\d+)/g, (_, n: string) => `"entries":${Number(n) - 1}`));
    },
    ours: /^document evidence\.pdf$/,
  },
  'an entry left out, with its manifest in the padding of the signature': {
    change: (f) => {
      TAMPER['an entry left out, with lists made anew']?.change(f);
      const pdf = Buffer.from(f.get('evidence.pdf') as Buffer);
      const [, from = '', until = ''] = /\/ByteRange \[0 (\d+) (\d+) /.exec(pdf.toString('latin1')) ?? [];
      const data = deflateSync(f.get('manifest.json') as Buffer, { level: 9 });
      const forged = Buffer.concat([Buffer.from(`/Type /EmbeddedFile /FlateDecode /Length ${data.length} stream\n`), data]);
      const at = Number(until) - 1 - forged.length;
      if (/[1-9a-f]/.test(pdf.subarray(at - 2, Number(until) - 1).toString('latin1')) || at < Number(from)) throw new Error('no room');
      forged.copy(pdf, at);
      f.set('evidence.pdf', pdf);
    },
    ours: /^document evidence\.pdf$/,
  },
  'an entry of another time put in': {
    change: (f) => anew(f, (text) => text.replace(/"from":"20\d\d-[^"]*","records"/, '"from":"2099-01-01T00:00:00.000Z","records"')),
    ours: /document evidence\.pdf.*entry entries\//s,
  },
};

const names = (files: Files, form: RegExp): string[] => [...files.keys()].filter((name) => form.test(name)).sort();
const first = (files: Files, form: RegExp): string => names(files, form)[0] ?? '';
const nth = (files: Files, form: RegExp, i: number): string => names(files, form)[i] ?? '';
function edit(files: Files, form: RegExp, change: (text: string) => string): void {
  const name = names(files, form).find((one) => change(files.get(one)?.toString('utf8') ?? '') !== files.get(one)?.toString('utf8')) ?? '';
  files.set(name, Buffer.from(change(files.get(name)?.toString('utf8') ?? '')));
}
/** Makes list and manifest fit again, as somebody would who has everything but the key. */
function anew(files: Files, change: (manifest: string) => string): void {
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const listed = [...files].filter(([name]) => !['SHA256SUMS', 'manifest.json', 'evidence.pdf'].includes(name));
  const list = Buffer.from(listed.map(([name, bytes]) => `${digest(bytes)}  ${name}\n`).join(''));
  files.set('SHA256SUMS', list);
  edit(files, /^manifest\.json$/, (text) => change(text).replace(/"sums":"[^"]*"/, `"sums":"sha256:${digest(list)}"`));
}

for (const [what, { change, ours }] of Object.entries(TAMPER))
  test.serial(`R55, R90: ${what}: both programs refuse it and name what is wrong`, async (t) => {
    const files = await filesOf(packs.person);
    change(files);
    const path = join(folder.path, 'tampered.zip');
    await writePack(files, path);
    const found = await bothVerifiers(path);
    t.regex(found.ours.join('\n'), ours);
    if (!python) return;
    t.is(found.code, 2);
    t.deepEqual(found.theirs, found.ours);
  });

test.serial('R55: another key, a checkpoint of another history, a wrong time-stamping authority are named', async (t) => {
  const other = join(folder.path, 'other');
  const note = (await newestCheckpoint(server.serving.archive.db)) ?? '';
  await writeFile(other, note.replace(/\n(\d+)\n/, '\n1\n'));
  const stranger = keyOf().replace(/\+[0-9a-f]{8}\+.*/, '');
  const [key] = [verifierKey(stranger, (await import('node:crypto')).generateKeyPairSync('ed25519').publicKey)];
  const wrong = await bothVerifiers(packs.person, { keys: key }, ['--key', key]);
  t.regex(wrong.ours.join('\n'), /proof proofs\/.*signature checkpoints\//s);
  if (python) t.deepEqual(wrong.theirs, wrong.ours);
  const forged = await bothVerifiers(packs.person, { outside: [{ name: other, note: note.replace(/\n(\d+)\n/, '\n1\n') }] }, ['--checkpoint', other]);
  t.deepEqual(forged.ours, [`signature ${other}`]);
  if (python) t.deepEqual(forged.theirs, forged.ours);
  const strangers = await timeAuthority();
  if (!strangers) return;
  t.teardown(() => strangers.close());
  const stamped = await bothVerifiers(packs.person, { timestamps: certificatesIn(strangers.rootFile) }, ['--timestamps', strangers.rootFile]);
  t.true(stamped.ours.length > 0 && stamped.ours.every((one) => one.startsWith('timestamp timestamps/')));
  if (python) t.deepEqual(stamped.theirs, stamped.ours);
});

test.serial('what is no pack at all is told as such, and never takes a verifier down', async (t) => {
  const path = join(folder.path, 'damaged.zip');
  const whole = (await import('node:fs')).readFileSync(packs.person);
  for (const bytes of [whole.subarray(0, 1000), whole.subarray(0, whole.length - 10), Buffer.from('not a zip')]) {
    await writeFile(path, bytes);
    await t.throwsAsync(bothVerifiers(path), { message: /no ZIP|cut off|damaged/ });
    if (python) t.is((await command(folder.path, 'python3', join(process.cwd(), 'scripts/verify/verify_evidence.py'), path)).code, 1);
  }
  const broken = Buffer.from(whole);
  broken.fill(0x55, 200, 400);
  await writeFile(path, broken);
  const found = await bothVerifiers(path);
  t.regex(found.ours.join('\n'), /unreadable /);
  if (python) t.is(found.code, 2);
});
