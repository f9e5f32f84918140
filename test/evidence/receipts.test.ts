import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createHash } from 'node:crypto';
import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { newId } from '../../src/db/index.js';
import { fetchReceipts, receiptRows, type EvidenceDeps } from '../../src/evidence/index.js';
import { testArchive } from '../support/archive.js';
import { bothVerifiers, filesOf, has, scratch, writePack } from './support.js';

const archive = await testArchive();
const folder = await scratch();
const python = await has('python3', '-c', 'import cryptography');
test.after.always(async () => {
  await archive.close();
  await folder.remove();
});

const deps: EvidenceDeps = {
  ...archive.deps,
  keystore: archive.keystore,
  store: archive.store,
  signer: { sign: (digest) => Promise.resolve(digest) },
  certificates: { all: () => Promise.resolve([]) },
  namesOfPersons: () => Promise.resolve(new Map()),
  authorities: () => [],
  verifiers: () => Promise.resolve([]),
  settings: { fonds: 'Z001', zone: 'Asia/Shanghai', archiveName: '测试档案室' },
  random: (n) => Buffer.alloc(n, 1),
};

async function step(subject: string, act: string, decision: 'allow' | 'deny' = 'allow'): Promise<void> {
  const entry = { actor: systemActor(), act, subject: { kind: 'destruction' as const, id: subject }, decision };
  await archive.deps.audit.settled(await archive.deps.db.tx((tx) => archive.deps.audit.append(tx, entry)));
}

test('R59: receipts hold the steps of one thing with their proofs, verified like a pack, and neither looks nor refusals', async (t) => {
  const [one, other] = [newId(), newId()];
  const officer = archive.person('records_manager', 'archive');
  await t.throwsAsync(fetchReceipts(deps, officer, { kind: 'destruction', id: one, number: 'X-2026-000001' }), { code: 'not_found' });
  for (const act of ['destruction.create', 'destruction.view', 'destruction.freeze', 'destruction.download', 'destruction.agree']) await step(one, act);
  await step(one, 'destruction.reject', 'deny');
  await step(other, 'destruction.create');
  t.deepEqual(
    (await receiptRows(deps, one)).map((row) => row.act),
    ['destruction.create', 'destruction.freeze', 'destruction.agree'],
  );
  const { body, name } = await fetchReceipts(deps, officer, { kind: 'destruction', id: one, number: 'X-2026-000001' });
  t.is(name, 'R-X-2026-000001.zip');
  const path = join(folder.path, name);
  await writeFile(path, await buffer(body));
  t.deepEqual(await bothVerifiers(path), { ours: [], theirs: [], code: python ? 0 : -1 });
  const cut = await fetchReceipts(deps, officer, { kind: 'destruction', id: one, number: 'X-2026-000001' });
  deps.streams.stop(officer.accountId ?? '');
  await t.throwsAsync(buffer(cut.body), undefined, 'a role or session that ends stops it');
  t.deepEqual(deps.streams.ids(), []);
  const files = await filesOf(path);
  t.is([...files.keys()].filter((file) => file.startsWith('entries/')).length, 3);
  // one of another thing put in, with list and manifest made anew: it is not what was chosen
  const entry = [...files.keys()].find((file) => file.startsWith('entries/')) ?? '';
  files.set(entry, Buffer.from(files.get(entry)?.toString('utf8').replace(one, other) ?? ''));
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const list = Buffer.from(
    [...files]
      .filter(([file]) => /\//.test(file))
      .map(([file, bytes]) => `${digest(bytes)}  ${file}\n`)
      .join(''),
  );
  files.set('SHA256SUMS', list);
  files.set(
    'manifest.json',
    Buffer.from(
      files
        .get('manifest.json')
        ?.toString('utf8')
        .replace(/"sums":"[^"]*"/, `"sums":"sha256:${digest(list)}"`) ?? '',
    ),
  );
  await writePack(files, path);
  const found = await bothVerifiers(path);
  t.deepEqual(found.ours, [`entry ${entry}`, `proof ${entry.replace('entries/', 'proofs/').replace('.json', '.tlog-proof')}`]);
  if (python) t.deepEqual(found.theirs, found.ours);
  t.regex(JSON.stringify(await receiptRows(deps, one)), /destruction\.agree/);
});
