import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openKeystore } from '../../src/crypto/index.js';
import { sql } from '../../src/db/index.js';
import { Sheet, signPdf } from '../../src/documents/index.js';
import { createCertificates, type Certificates } from '../../src/vault/index.js';
import { testActor, testAudit, type TestAudit } from '../support/audit.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { has, isSound, pdfsig, seesSignatures } from '../support/pdf.js';

// apt-get install poppler-utils qpdf libnss3-tools openssl
const withTools = seesSignatures && has('qpdf') && has('openssl', 'version') ? test : test.skip;
const MB = 1_048_576;

interface Part {
  database: TestDatabase;
  log: TestAudit;
  clock: { now: Date };
  certificates: Certificates;
  again(): Certificates;
}

async function part(run: (part: Part) => Promise<void>): Promise<void> {
  const database = await testDatabase();
  const log = await testAudit(database);
  const clock = { now: new Date() };
  const again = (): Certificates =>
    createCertificates({
      db: database.app,
      audit: log.audit,
      keystore: log.keystore,
      archiveName: '云栖客户服务档案室',
      now: () => clock.now,
      random: randomBytes,
    });
  try {
    await run({ database, log, clock, certificates: again(), again });
  } finally {
    await log.stop();
    await database.close();
  }
}

function paper(): Sheet {
  const at = new Date('2026-11-27T02:00:00Z');
  const figures = { name: 'figures.json', type: 'application/json', data: Buffer.from('{"readings":12}'), description: 'figures' };
  const sheet = new Sheet({
    title: { zh: '月度合规报告', en: 'Compliance report' },
    archive: '云栖',
    madeAt: at,
    zone: 'Asia/Shanghai',
    pdfA: true,
    attachments: [figures],
  });
  sheet.paragraph('十一月共查阅十二次，均有事由。');
  return sheet;
}

const signed = (certificates: Certificates): Promise<Buffer> =>
  signPdf(certificates, paper(), { reason: '月度合规报告 Compliance report', name: '云栖客户服务档案室', at: new Date('2026-11-27T02:00:00Z') });

withTools('R72: a signed document is valid, whole and trusted once the authority is imported; before that it is valid only', (t) =>
  part(async ({ certificates }) => {
    const pdf = await signed(certificates);
    const { authority } = await certificates.current();
    const said = await pdfsig(pdf, authority.pem);
    t.regex(said, /Signature is Valid/);
    t.regex(said, /Certificate is Trusted/);
    t.regex(said, /Total document signed/);
    t.regex(said, /ETSI\.CAdES\.detached/);
    t.regex(said, /SHA-256/);
    const stranger = await pdfsig(pdf);
    t.regex(stranger, /Signature is Valid/);
    t.notRegex(stranger, /Certificate is Trusted/);
    t.true(await isSound(pdf));
    t.is(pdf.toString('latin1').split('%%EOF').length - 1, 1, 'one revision');
    const folder = await mkdtemp(join(tmpdir(), 'lantai-sign-'));
    await writeFile(join(folder, 'a.pdf'), pdf);
    t.is(execFileSync('pdfdetach', ['-list', join(folder, 'a.pdf')], { encoding: 'utf8' }).includes('figures.json'), true);
    await rm(folder, { recursive: true });
  }),
);

withTools('R72: a signed document that was changed anywhere is not valid', (t) =>
  part(async ({ certificates }) => {
    const pdf = await signed(certificates);
    const { authority } = await certificates.current();
    for (const at of [40, Math.floor(pdf.length / 3), pdf.length - 12_000, pdf.length - 60]) {
      const changed = Buffer.from(pdf);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const said = await pdfsig(changed, authority.pem);
      // in the room that the signature leaves free, which no signature can cover, a change is told as "not total"
      t.false(/Signature is Valid/.test(said) && /Total document signed/.test(said), `byte ${at}: ${said}`);
    }
    const longer = Buffer.concat([pdf, Buffer.from('\n% and a word more\n')]);
    t.notRegex(await pdfsig(longer, authority.pem), /Total document signed/);
  }),
);

withTools('R72: the signature verifies with openssl alone', (t) =>
  part(async ({ certificates }) => {
    const folder = await mkdtemp(join(tmpdir(), 'lantai-sign-'));
    const data = randomBytes(MB);
    await writeFile(join(folder, 'data'), data);
    await writeFile(join(folder, 'cms'), await certificates.sign(createHash('sha256').update(data).digest()));
    await writeFile(join(folder, 'ca.pem'), (await certificates.current()).authority.pem);
    const command = ['cms', '-verify', '-binary', '-cades', '-inform', 'DER', '-in', join(folder, 'cms'), '-content', join(folder, 'data')];
    const whole = spawnSync('openssl', [...command, '-CAfile', join(folder, 'ca.pem'), '-purpose', 'any', '-out', '/dev/null'], { encoding: 'utf8' });
    t.regex(whole.stderr, /CAdES Verification successful|Verification successful/i);
    t.is(whole.status, 0, whole.stderr);
    await writeFile(join(folder, 'data'), data.fill(0, 0, 1));
    t.not(spawnSync('openssl', [...command, '-CAfile', join(folder, 'ca.pem'), '-purpose', 'any', '-out', '/dev/null']).status, 0);
    await rm(folder, { recursive: true });
  }),
);

test('the authority and the certificate are issued once, whoever comes first, on record, and good for their use only', (t) =>
  part(async ({ certificates, again, database }) => {
    const others = [again(), again(), again()];
    await Promise.all([certificates, ...others].map((one) => one.prepare()));
    const all = await certificates.all();
    t.deepEqual(all.map(({ kind, generation }) => `${kind}-${generation}`).sort(), ['authority-1', 'signing-1']);
    const { authority, signing } = await certificates.current();
    const ca = new X509Certificate(authority.pem);
    const own = new X509Certificate(signing.pem);
    t.true(ca.ca && !own.ca);
    t.true(own.checkIssued(ca) && own.verify(ca.publicKey) && ca.verify(ca.publicKey));
    t.regex(own.subject, /云栖客户服务档案室/);
    t.is(own.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    t.false(own.publicKey.equals(ca.publicKey));
    const { n } = await database.owner.one<{ n: bigint }>(
      sql`select count(*) as n from (select entry from audit_entries union all select entry from audit_pending) e where entry like '%"certificate.issue"%'`,
    );
    t.is(n, 2n);
  }));

test('a certificate is followed before it ends, by itself and by command, with a key of its own', (t) =>
  part(async ({ certificates, clock }) => {
    const first = (await certificates.current()).signing;
    t.is((await certificates.renew(testActor())).generation, 2);
    const second = (await certificates.current()).signing;
    t.false(new X509Certificate(first.pem).publicKey.equals(new X509Certificate(second.pem).publicKey));
    clock.now = new Date(second.until.getTime() - 91 * 86_400_000);
    t.is((await certificates.current()).signing.generation, 2);
    clock.now = new Date(second.until.getTime() - 89 * 86_400_000);
    t.is((await certificates.current()).signing.generation, 3);
    // an authority that would end before its next certificate is followed as well
    clock.now = new Date((await certificates.current()).authority.until.getTime() - 4 * 365 * 86_400_000);
    const later = await certificates.current();
    t.is(later.authority.generation, 2);
    t.true(new X509Certificate(later.signing.pem).checkIssued(new X509Certificate(later.authority.pem)));
  }));

test('every copy of the keystore signs as the primary does', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-keys-'));
  const copy = await mkdtemp(join(tmpdir(), 'lantai-keys-'));
  const name = 'documents/signing/1';
  const primary = (await openKeystore(join(folder, 'a'), { create: true, copies: [join(copy, 'b')] })).certifyingKey(name);
  const other = await openKeystore(join(copy, 'b'));
  t.true(primary.publicKey.equals(other.certifyingKey(name).publicKey));
  t.false(primary.publicKey.equals(other.certifyingKey('documents/signing/2').publicKey));
  await Promise.all([rm(folder, { recursive: true }), rm(copy, { recursive: true })]);
});
