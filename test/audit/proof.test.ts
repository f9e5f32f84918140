import test from 'ava';
import { checkProof, proofText, proveEntry, type LogReaderDeps } from '../../src/audit/index.js';
import { sidesOf } from '../../src/audit/proof/prove.js';
import { inclusionProof, readerOf } from '../../src/audit/log/proofs.js';
import { leafHash, nodeHash, rootOf } from '../../src/audit/log/tree.js';
import { testActor, testAudit, testKeys } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { fill } from './log-support.js';

const database = await testDatabase();
const { audit, keystore, stop } = await testAudit(database);
const deps: LogReaderDeps = { audit, db: database.app, keystore, authorize: () => ({ policy: 'test' }) };
const log = String(new Date().getUTCFullYear());

test.after.always(async () => {
  await stop();
  await database.close();
});

test.serial('R59: every entry of a log of many sizes is proven by hashes out of the stored tiles, and its proof checks elsewhere', async (t) => {
  for (const count of [3, 250, 400]) {
    await fill(database, audit, count, { together: true });
    for (const sequence of [0n, 1n, 2n, BigInt(count >> 1), BigInt(count - 1)]) {
      const proof = await proveEntry(deps, testActor(), { log, sequence });
      const text = proofText(proof);
      t.deepEqual(checkProof(text, proof.canonical, audit.originOf(log), audit.publicKey), { sequence, size: proof.size });
      t.is(checkProof(text, proof.canonical.replace('"allow"', '"deny"'), audit.originOf(log), audit.publicKey), undefined);
      t.is(checkProof(text, proof.canonical, audit.originOf('2001'), audit.publicKey), undefined);
      t.is(checkProof(text.replace(/index \d+/, `index ${sequence + 1n}`), proof.canonical, audit.originOf(log), audit.publicKey), undefined);
      const up = proof.path.reduce((hash, one) => (one.side === 'left' ? nodeHash(one.hash, hash) : nodeHash(hash, one.hash)), leafHash(proof.canonical));
      t.deepEqual(up, proof.root, 'the path as it is drawn leads to the root');
    }
  }
});

test.serial('R59: an entry that is not there, or not signed yet, has no proof; looking is on record', async (t) => {
  await t.throwsAsync(proveEntry(deps, testActor(), { log, sequence: 999_999n }), { code: 'not_found' });
  await t.throwsAsync(proveEntry(deps, testActor(), { log: '1999', sequence: 0n }), { code: 'not_found' });
  const refusing: LogReaderDeps = { ...deps, authorize: () => Promise.reject(new Error('refused')) };
  await t.throwsAsync(proveEntry(refusing, testActor(), { log, sequence: 0n }), { message: 'refused' });
});

test('R59: a proof of other bytes, of another key, cut or with a line too many is none', async (t) => {
  await fill(database, audit, 5, { together: true });
  const proof = await proveEntry(deps, testActor(), { log, sequence: 3n });
  const text = proofText(proof);
  const checked = (changed: string) => checkProof(changed, proof.canonical, audit.originOf(log), audit.publicKey);
  t.truthy(checked(text));
  t.truthy(checked(text.replace('\nindex', '\nextra AAAA\nindex')));
  const lines = text.split('\n');
  t.is(checked(lines.toSpliced(2, 1).join('\n')), undefined);
  t.is(checked(lines.toSpliced(2, 0, lines[2] as string).join('\n')), undefined);
  for (const changed of ['', 'c2sp.org/tlog-proof@v1\n\n', text.replace('@v1', '@v2'), text.slice(0, -20), text.replace(/index \d+/, 'index -1')])
    t.is(checked(changed), undefined);
  const strangers = await testKeys();
  t.is(checkProof(text, proof.canonical, audit.originOf(log), strangers.signingKey('audit-log').publicKey), undefined);
});

test('the sides of a path are those of the tree, for every leaf of every size up to 70', async (t) => {
  const leaves = Array.from({ length: 70 }, (_, i) => leafHash(`${i}`));
  for (let size = 1; size <= leaves.length; size++) {
    const some = leaves.slice(0, size);
    const root = rootOf(some);
    for (let index = 0; index < size; index++) {
      const path = sidesOf(BigInt(index), BigInt(size), await inclusionProof(readerOf(some), BigInt(index), BigInt(size)));
      const up = path.reduce((hash, one) => (one.side === 'left' ? nodeHash(one.hash, hash) : nodeHash(hash, one.hash)), leaves[index] as Buffer);
      if (!up.equals(root)) return t.fail(`${index} of ${size}`);
    }
  }
  t.pass();
});
