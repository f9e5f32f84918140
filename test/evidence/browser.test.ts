import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { publishAndStamp } from '../../src/app/index.js';
import { verifierKey } from '../../src/audit/index.js';
import { deskOf, type Desk } from '../pages/desk.js';
import { findChromium, launch } from '../pages/support.js';
import { staffed, testServer, type TestServer } from '../support/server.js';
import { timeAuthority, type TimeAuthority } from '../support/time-authority.js';
import { command, filesOf, has, scratch, unpack } from './support.js';

const chromiumPath = findChromium();
const inBrowser = chromiumPath === undefined ? test.skip : test.serial;
let browser: Browser;
let server: TestServer;
let authority: TimeAuthority | undefined;

test.before(async (t) => {
  if (chromiumPath === undefined) {
    t.log('Skipped: no Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set LANTAI_CHROMIUM to its path.');
    return;
  }
  authority = await timeAuthority();
  server = await testServer({ env: authority ? { TIMESTAMP_URL: authority.url, TIMESTAMP_CERTIFICATES: authority.rootFile } : {} });
  await staffed(server);
  await publishAndStamp(server.serving.archive);
  browser = await launch(chromiumPath);
});
test.after.always(async () => {
  await browser?.close();
  await server?.close();
  await authority?.close();
});

/** Makes a pack about a person with the mouse, has it approved by another one, and downloads it. */
async function packBy(officer: Desk, auditor: Desk, lang: 'zh' | 'en'): Promise<string> {
  await officer.choose(lang);
  await auditor.choose(lang);
  await officer.page.goto('/evidence');
  await officer.page.click('summary.button.primary');
  await officer.page.selectOption('[name=kind]', 'person');
  await officer.page.fill('[name=subject]', 'agent.one');
  await officer.page.check('[name=sides]');
  await officer.page.fill('[name=reason]', lang === 'zh' ? '交检查组' : 'For the inspectors');
  await officer.page.click('details form button.primary');
  await officer.page.waitForURL(/\/evidence\/[0-9a-f-]{36}/);
  const path = new URL(officer.page.url()).pathname;
  // it waits on the other's home page
  await auditor.page.goto('/');
  await auditor.page.click('a[href="/evidence?state=waiting"]');
  await auditor.page.click(`a[href="${path}"]`);
  await auditor.page.click('.confirm:not(.bad) summary');
  await auditor.page.click('.confirm:not(.bad) form button.primary');
  await auditor.page.waitForSelector('.flash, [role=status]');
  // the maker watches it being made, and takes it
  await officer.page.goto(path);
  await officer.page.waitForSelector(`a[href="${path}/pack.zip"]`, { timeout: 30_000 });
  const [download] = await Promise.all([officer.page.waitForEvent('download'), officer.page.click(`a[href="${path}/pack.zip"]`)]);
  return download.path();
}

for (const lang of ['zh', 'en'] as const)
  inBrowser(`R90: a pack made in the browser in ${lang} verifies in an empty folder with public tools alone`, async (t) => {
    const officer = await deskOf(browser, server, 'compliance');
    const auditor = await deskOf(browser, server, 'audit.admin');
    const zip = await packBy(officer, auditor, lang);
    const empty = await scratch();
    t.teardown(empty.remove);
    await unpack(await filesOf(zip), empty.path);
    t.is((await command(empty.path, 'sha256sum', '-c', '--quiet', 'SHA256SUMS')).code, 0);
    const { audit } = server.serving.archive;
    const key = verifierKey(audit.originOf(String(new Date().getUTCFullYear())), audit.publicKey);
    if (await has('python3', '-c', 'import cryptography')) {
      const stamps = authority ? ['--timestamps', authority.rootFile] : [];
      const verified = await command(empty.path, 'python3', 'verify/verify_evidence.py', '.', '--key', key, ...stamps);
      t.is(verified.code, 0, verified.out);
    }
    if (await has('pdfsig', '-v')) t.regex((await command(empty.path, 'pdfsig', '-nocert', 'evidence.pdf')).out, /Total document signed[^]*Signature is Valid/);
    if (authority) {
      const manifest = JSON.parse(await readFile(join(empty.path, 'manifest.json'), 'utf8')) as {
        logs: { log: string; heads: { size: string; stamp: { file: string } | null }[] }[];
      };
      const [log] = manifest.logs;
      const head = log?.heads.find((one) => one.stamp !== null);
      const data = `checkpoints/${log?.log ?? ''}/${head?.size.padStart(20, '0') ?? ''}`;
      const stamped = await command(empty.path, 'openssl', 'ts', '-verify', '-data', data, '-in', head?.stamp?.file ?? '', '-CAfile', authority.rootFile);
      t.is(stamped.code, 0, stamped.out);
    }
    t.deepEqual([...officer.complaints, ...auditor.complaints], []);
    await officer.context.close();
    await auditor.context.close();
  });
