import { randomUUID } from 'node:crypto';
import test from 'ava';
import { archivePrefix, objectKey, parseObjectKey } from '../../src/storage/index.js';

const place = () => ({ archive: randomUUID(), fonds: 'Z001', record: randomUUID(), version: randomUUID(), object: randomUUID() });

test('a key names its place and can be read back', (t) => {
  const one = place();
  const key = objectKey(one);
  t.is(key, `v1/${one.archive}/Z001/${one.record}/${one.version}/${one.object}`);
  t.deepEqual(parseObjectKey(key), one);
  t.true(key.startsWith(archivePrefix(one.archive)));
});

test('nothing but ids and a fonds number gets into a key', (t) => {
  for (const bad of [{ fonds: '../x' }, { fonds: 'z001' }, { record: 'x' }, { object: randomUUID().toUpperCase() }, { archive: '' }]) {
    t.throws(() => objectKey({ ...place(), ...bad }));
  }
  for (const key of ['', 'v1', 'v2/a/b/c/d/e', `${objectKey(place())}/more`, objectKey(place()).slice(0, -1)]) t.is(parseObjectKey(key), undefined);
});
