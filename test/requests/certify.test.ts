import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inflateSync } from 'node:zlib';
import test from 'ava';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { revokeGrant } from '../../src/access/index.js';
import { Sheet } from '../../src/documents/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { createPainter, type Painter } from '../../src/extract/index.js';
import { capture, viewReading } from '../../src/records/index.js';
import {
  applyForReading,
  certifyCopy,
  decideRequest,
  fetchCertifiedCopy,
  listCertifiedCopies,
  openToDraw,
  type CertifyDeps,
  type CertifyInput,
} from '../../src/requests/index.js';
import { createCertificates } from '../../src/vault/index.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { office, type Office } from './support/office.js';

const SECRET = 'SECRET-13912345678';
const HEIGHT = 842;
const WIDTH = 595;

let o: Office;
let deps: CertifyDeps;
let painter: Painter;
let clerk: Actor;
let approvers: Actor[];
let record: string;
let pdfFile: string;
let textFile: string;

test.before(async (t) => {
  t.timeout(120_000);
  o = await office();
  painter = createPainter();
  const { db, audit, keystore, now } = o.archive.deps;
  const signer = createCertificates({ db, audit, keystore, archiveName: '云栖档案室', now, random: randomBytes });
  deps = { ...o.archive.deps, ...o.deps, painter, signer, archiveName: '云栖档案室' };
  clerk = { ...o.hire('records_clerk', 'archive'), granted: true };
  approvers = [o.hire('supervisor'), o.hire('records_manager', 'archive'), o.hire('executive', 'office')];
  const sheet = new Sheet({
    title: { zh: '原件', en: 'Original' },
    archive: 'AUTHOR-OF-THE-FILE',
    madeAt: new Date(),
    zone: 'Asia/Shanghai',
    keywords: 'KEYWORD-OF-THE-FILE',
  });
  sheet.put('VISIBLE-LINE', 60, 200, { size: 20 });
  sheet.put(SECRET, 60, 400, { size: 20 });
  const body = (content: Buffer) => Readable.from([content], { objectMode: false });
  const files = [
    { name: 'NAME-OF-THE-FILE.pdf', body: body(await sheet.finish()), size: null },
    { name: 'note.txt', body: body(Buffer.from('一句话')), size: null },
  ];
  record = (await capture(deps, o.archive.person('agent'), { draft: testDraft({}), files } as unknown as Parameters<typeof capture>[2])).id;
  const rows = await o.archive.database.owner.many<{ id: string; media_type: string }>(
    sql`select id, media_type from record_files where record_id = ${record}`,
  );
  pdfFile = rows.find((one) => one.media_type === 'application/pdf')?.id ?? '';
  textFile = rows.find((one) => one.id !== pdfFile)?.id ?? '';
});
test.after.always(async () => {
  await painter?.close();
  await o?.close();
});

const paper = (kind: 'letter' | 'identity') => ({ kind, name: `${kind}.txt`, type: 'text/plain', body: Readable.from([Buffer.from(kind)]) });

/** An application for somebody outside, agreed to by so many of its approvers. */
async function applied(form: 'copy' | 'view', agreed = 3): Promise<string> {
  const day = (n: number): string => archiveDay(n, o.archive.clock.now);
  const outsider = { name: '赵律师', organisation: '某某律师事务所' };
  const disclosure = { basis: 'separate_consent', reference: '同意书 12 号', assessment: 'PIA-2026-7' };
  const asked = { purpose: 'dispute', reason: '诉讼', form, from: day(-1), to: day(5), records: [record], outsider, disclosure } as const;
  const { id } = await applyForReading(o.deps, clerk, { ...asked, records: [...asked.records] }, [paper('letter'), paper('identity')]);
  for (const [step, actor] of approvers.slice(0, agreed).entries()) await decideRequest(o.deps, actor, { requestId: id, step, agree: true, reason: '同意' });
  return id;
}

const BOX = { x: 50 / WIDTH, y: 390 / HEIGHT, width: 300 / WIDTH, height: 45 / HEIGHT };
const chosen = (): CertifyInput => ({ recordId: record, pages: [{ fileId: pdfFile, page: 1, boxes: [BOX] }] });
const refuses = async (t: { is(a: unknown, b: unknown, m?: string): unknown }, work: Promise<unknown>, code: ErrorCode): Promise<void> => {
  const error: unknown = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  t.is(isCoded(error) ? error.code : String(error), code);
};
const acts = async (id: string): Promise<string[]> => {
  const rows = await o.archive.database.owner.many<{ what: string }>(
    sql`select concat(e::jsonb ->> 'act', ' ', e::jsonb ->> 'decision', ' ', e::jsonb -> 'facts' ->> 'why') as what
      from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb -> 'subject' ->> 'id' = ${id}`,
  );
  return rows.map((row) => row.what.trim());
};

/** The bytes of a PDF and everything in it that can be unpacked. */
function unpacked(pdf: Buffer): string {
  const parts = [pdf.toString('latin1')];
  for (let at = pdf.indexOf('stream\n'); at >= 0; at = pdf.indexOf('stream\n', at + 7)) {
    try {
      parts.push(inflateSync(pdf.subarray(at + 7)).toString('latin1'));
    } catch {
      // a picture, or the end of one
    }
  }
  return parts.join('\n');
}

test.serial('R46, R103: what is blacked out is nowhere in the copy; it is signed, kept, numbered, on the register, and read under a reading', async (t) => {
  const request = await applied('copy');
  const made = await certifyCopy(deps, clerk, request, chosen());
  t.regex(made.number, /^C-\d{4}-000001$/);
  const { pdf, number } = await fetchCertifiedCopy(deps, clerk, made.id);
  t.is(number, made.number);
  t.is(`sha256:${createHash('sha256').update(pdf).digest('hex')}`, made.digest);
  t.true(pdf.includes('ETSI.CAdES.detached'));

  const all = unpacked(pdf);
  for (const gone of [SECRET, '13912345678', 'VISIBLE-LINE', 'AUTHOR-OF-THE-FILE', 'KEYWORD-OF-THE-FILE', 'NAME-OF-THE-FILE']) {
    t.false(all.includes(gone), gone);
    t.false(all.includes(Buffer.from(gone, 'utf16le').swap16().toString('latin1')), gone);
  }
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-copy-'));
  try {
    await writeFile(join(folder, 'copy.pdf'), pdf);
    const text = spawnSync('pdftotext', ['-layout', 'copy.pdf', '-'], { cwd: folder, encoding: 'utf8' });
    if (text.error === undefined) {
      t.false(/SECRET|13912345678|VISIBLE/.test(text.stdout));
      for (const said of [made.number, '查档出证', 'Certified copy', '赵律师', '兹证明']) t.true(text.stdout.replace(/\s+/g, ' ').includes(said), said);
    }
    if (spawnSync('pdfimages', ['-j', 'copy.pdf', 'p'], { cwd: folder }).error === undefined) {
      const pictures = (await readdir(folder)).filter((name) => name.startsWith('p-'));
      t.is(pictures.length, 1, 'one page, one picture');
      const image = await loadImage(await readFile(join(folder, pictures[0] ?? '')));
      const canvas = createCanvas(image.width, image.height);
      canvas.getContext('2d').drawImage(image, 0, 0);
      const brightest = (x: number, y: number, width: number, height: number): number => {
        const data = canvas.getContext('2d').getImageData(x * image.width + 3, y * image.height + 3, width * image.width - 6, height * image.height - 6).data;
        return data.reduce((most, value, i) => (i % 4 === 3 ? most : Math.max(most, value)), 0);
      };
      // white paper and its signs are gone: what is left is black and the mark
      t.true(brightest(BOX.x, BOX.y, BOX.width, BOX.height) < 200);
      t.true(brightest(BOX.x, BOX.y - 0.2, BOX.width, BOX.height) > 230, 'the rest of the page is as it was');
    }
  } finally {
    await rm(folder, { recursive: true });
  }

  const { owner } = o.archive.database;
  const disclosed = await owner.one(sql`select kind, basis, assessment, records from disclosures where source_id = ${made.id}`);
  t.deepEqual(disclosed, { kind: 'certified_copy', basis: 'separate_consent', assessment: 'PIA-2026-7', records: 1 });
  const reading = await owner.one(
    sql`select g.purpose, g.state, g.record_id from readings g join certified_copies c on c.reading_id = g.id where c.id = ${made.id}`,
  );
  t.deepEqual(reading, { purpose: 'dispute', state: 'returned', record_id: record });
  t.true((await acts(pdfFile)).includes('reading.download.begin allow'), 'its bytes were read on record');
  t.deepEqual((await acts(made.id)).sort(), ['copy.certify allow', 'copy.fetch allow']);
  const stored = await readdir(o.archive.storeFolder, { recursive: true, withFileTypes: true });
  for (const one of stored.filter((entry) => entry.isFile())) t.false((await readFile(join(one.parentPath, one.name))).includes('%PDF'), 'kept sealed');

  const second = await certifyCopy(deps, clerk, request, chosen());
  t.regex(second.number, /-000002$/);
  t.deepEqual(
    (await listCertifiedCopies(deps, clerk, request)).map((one) => [one.number, one.pages, one.boxes]),
    [
      [made.number, 1, 1],
      [second.number, 1, 1],
    ],
  );
});

test.serial(
  'R42, R47: no second factor, no approval, not as a copy, another record, another person: refused and on record, and no number is used up',
  async (t) => {
    const request = await applied('copy');
    await refuses(t, certifyCopy(deps, { ...clerk, secondFactor: false }, request, chosen()), 'second_factor_required');
    await refuses(t, certifyCopy(deps, o.archive.person('agent'), request, chosen()), 'forbidden');
    await refuses(t, certifyCopy(deps, { ...o.hire('records_clerk', 'archive'), granted: true }, request, chosen()), 'not_found');
    await refuses(t, certifyCopy(deps, clerk, request, { recordId: await o.record(), pages: [{ fileId: pdfFile, page: 1 }] }), 'not_found');
    await refuses(t, certifyCopy(deps, clerk, request, { recordId: record, pages: [] }), 'invalid_field');
    await refuses(
      t,
      certifyCopy(deps, clerk, request, { recordId: record, pages: Array.from({ length: 41 }, () => ({ fileId: pdfFile, page: 1 })) }),
      'invalid_field',
    );
    await refuses(t, certifyCopy(deps, clerk, request, { recordId: record, pages: [{ fileId: pdfFile, page: 9 }] }), 'not_found');
    await refuses(t, certifyCopy(deps, clerk, request, { recordId: record, pages: [{ fileId: textFile, page: 1 }] }), 'unsupported_type');
    const log = await acts(request);
    for (const why of ['second_factor_required', 'not_found', 'unsupported_type']) t.true(log.includes(`request.refused deny ${why}`), why);
    const waiting = await applied('copy', 2);
    await refuses(t, certifyCopy(deps, clerk, waiting, chosen()), 'wrong_state');
    t.true((await acts(waiting)).includes('request.refused deny wrong_state'));
    await refuses(t, certifyCopy(deps, clerk, await applied('view'), chosen()), 'wrong_state');
    const next = await certifyCopy(deps, clerk, request, chosen());
    t.regex(next.number, /-000003$/);
    await refuses(t, fetchCertifiedCopy(deps, { ...clerk, secondFactor: false }, next.id), 'second_factor_required');
    await refuses(t, fetchCertifiedCopy(deps, o.hire('records_clerk', 'archive'), next.id), 'not_found');
    t.true((await acts(next.id)).includes('copy.refused deny not_found'));
  },
);

test.serial('R42, R69: no copy is kept of a record that began to be destroyed, or after the approved time ended, while it was painted', async (t) => {
  const { owner, superuser } = o.archive.database;
  const kept = async (): Promise<number> => (await owner.one<{ n: number }>(sql`select count(*)::int as n from certified_copies`)).n;
  const force = (state: string): Promise<void> =>
    superuser.tx(async (tx) => {
      await tx.run(sql`set local session_replication_role = replica`);
      await tx.run(sql`update records set state = ${state} where id = ${record}`);
    });
  const before = await kept();
  const request = await applied('copy');
  const { state } = await owner.one<{ state: string }>(sql`select state from records where id = ${record}`);
  // the destruction begins when the first page has been painted
  const slow: Painter = {
    paint: async (...given: Parameters<Painter['paint']>) => {
      const painted = await painter.paint(...given);
      await force('destroying');
      return painted;
    },
    close: () => Promise.resolve(),
  };
  await refuses(t, certifyCopy({ ...deps, painter: slow }, clerk, request, chosen()), 'not_found');
  await force(state);
  // the approved time ends while the copy is signed
  const at = o.archive.clock.now;
  const late: CertifyDeps['signer'] = {
    sign: async (...given) => {
      o.archive.clock.now = new Date(at.getTime() + 8 * 86_400_000);
      return deps.signer.sign(...given);
    },
  };
  await refuses(t, certifyCopy({ ...deps, signer: late }, clerk, request, chosen()), 'wrong_state');
  o.archive.clock.now = at;
  t.is(await kept(), before);
});

test.serial('R46: pages are looked at before they are copied, under a mark and nothing else; whoever keeps the register copies by role', async (t) => {
  const request = await applied('copy');
  const asked = { requestId: request, recordId: record };
  const looked = await openToDraw(deps, clerk, asked);
  t.is(await openToDraw(deps, clerk, asked), looked, 'one that is open is used again');
  const view = await viewReading(deps, clerk, looked);
  t.deepEqual([view.marked, view.mayDownload, view.mayPrint], [true, false, false]);
  // by role, without the grant: whatever is open for another purpose, or on an earlier version, is no reading for this
  const manager = approvers[1] as Actor;
  const byRole = await openToDraw(deps, manager, asked);
  const { owner } = o.archive.database;
  await owner.run(sql`alter table readings disable trigger user`);
  for (const change of [sql`purpose = 'solve'`, sql`account_id = gen_random_uuid()`]) {
    await owner.run(sql`update readings set ${change} where id = ${byRole}`);
    t.not(await openToDraw(deps, manager, asked), byRole);
    await owner.run(sql`update readings set purpose = 'dispute', account_id = ${manager.accountId}::uuid where id = ${byRole}`);
    await owner.run(
      sql`update readings set state = 'expired', ended_at = now() where state = 'open' and id <> ${byRole} and account_id = ${manager.accountId}::uuid`,
    );
    t.is(await openToDraw(deps, manager, asked), byRole);
  }
  await owner.run(sql`alter table readings enable trigger user`);
  await refuses(t, openToDraw(deps, { ...clerk, secondFactor: false }, asked), 'second_factor_required');
  await refuses(t, openToDraw(deps, { ...o.hire('records_clerk', 'archive'), granted: true }, asked), 'not_found');
  await refuses(t, openToDraw(deps, clerk, { ...asked, recordId: await o.record() }), 'not_found');
  await refuses(t, openToDraw(deps, clerk, { ...asked, requestId: await applied('copy', 2) }), 'wrong_state');
  await refuses(t, openToDraw(deps, o.archive.person('agent'), asked), 'forbidden');
  const made = await certifyCopy(deps, approvers[1] as Actor, request, chosen());
  t.is(made.pages, 1, 'the records manager, who did not apply');
});

test.serial('the database refuses a certified copy without an approved application', async (t) => {
  const waiting = await applied('copy', 1);
  const { owner } = o.archive.database;
  await owner.run(sql`alter table certified_copies disable trigger certified_copies_audited`);
  await t.throwsAsync(
    owner.run(sql`insert into certified_copies (id, number, request_id, record_id, reading_id, object_id, size, digest, pages, boxes, made_by, made_at, disclosure_id, entry_id)
      select gen_random_uuid(), 'C-2026-000009', ${waiting}, record_id, reading_id, object_id, size, digest, pages, boxes, made_by, made_at, disclosure_id, entry_id from certified_copies limit 1`),
    { message: /needs an approved application/ },
  );
  await owner.run(sql`alter table certified_copies enable trigger certified_copies_audited`);
});

test.serial('R43: once the grant is taken back no further copy is made', async (t) => {
  const request = await applied('copy');
  await certifyCopy(deps, clerk, request, chosen());
  const grant = await o.archive.database.owner.one<{ id: string }>(sql`select id from grants where request_id = ${request}`);
  await revokeGrant(deps, approvers[1] as Actor, { grantId: grant.id, reason: '误授' });
  await refuses(t, certifyCopy(deps, clerk, request, chosen()), 'wrong_state');
});
