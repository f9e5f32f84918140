import { generateKeyPairSync } from 'node:crypto';
import test from 'ava';
import { openCheckpoint, openNote, readVerifierKey, signCheckpoint, verifierKey } from '../../src/audit/log/note.js';
import { leafHash } from '../../src/audit/log/tree.js';

test('a note of the public test vector opens', (t) => {
  const key = readVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
  t.is(openNote(note, key.name, key.publicKey), text);
  t.is(openNote(note.replace('your problem is', 'the problem is'), key.name, key.publicKey), undefined);
  t.is(openNote(note, 'someone-else', key.publicKey), undefined);
  t.is(verifierKey(key.name, key.publicKey), 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
});

test('R55: a signed head opens as it was signed, under its own origin and key only', (t) => {
  const keys = generateKeyPairSync('ed25519');
  const checkpoint = { origin: 'lantai/x/audit/2026', size: 42n, root: leafHash('root') };
  const note = signCheckpoint(checkpoint, keys);
  t.deepEqual(openCheckpoint(note, keys.publicKey), checkpoint);
  t.is(openCheckpoint(note, generateKeyPairSync('ed25519').publicKey), undefined);
  t.is(openCheckpoint(note.replace('\n42\n', '\n43\n'), keys.publicKey), undefined);
  t.is(openCheckpoint(note.replaceAll('2026', '2027'), keys.publicKey), undefined);
  for (const broken of ['', '\n\n', note.slice(0, -1), note.replace('— ', '- '), note.trim()]) t.is(openCheckpoint(broken, keys.publicKey), undefined);
  t.throws(() => readVerifierKey(verifierKey('a', keys.publicKey).replace('a+', 'b+')));
});
