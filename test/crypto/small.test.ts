import { createSecretKey, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import test from 'ava';
import fc from 'fast-check';
import { canonicalJson, objectContext, openField, sealField, unwrapKey, wrapKey } from '../../src/crypto/index.js';
import { isCoded } from '../../src/errors/index.js';

const key = createSecretKey(randomBytes(32));

test('canonical JSON follows RFC 8785: order, numbers, escapes', (t) => {
  t.is(
    canonicalJson({ b: 1, a: [1e21, 0.000001, -0, 333333333.3333333], '\u20ac': '\u000f\n"\\/', é: null }),
    '{"a":[1e+21,0.000001,0,333333333.3333333],"b":1,"é":null,"€":"\\u000f\\n\\"\\\\/"}',
  );
  t.is(canonicalJson('兰台'), '"兰台"');
  for (const bad of [undefined, NaN, '\ud800', { a: 1n }]) t.throws(() => canonicalJson(bad));
  fc.assert(fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value)));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()),
      (value) => canonicalJson(Object.fromEntries(Object.entries(value).reverse())) === canonicalJson(value),
    ),
  );
});

test('R58: canonical JSON is what the library of the RFC writes, whatever the order and kind of keys', (t) => {
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('10', '9', '1a', '__proto__', 'toJSON', '\ud800', '', 'é', 'e\u0301', '𝒳', '\uffff'),
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined, new Date(0), '\udfff', -0)),
    list: fc.array(tie('tree'), { maxLength: 3 }),
    object: fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map((pairs) => {
      const made = {};
      for (const [name, value] of pairs) Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
      return made;
    }),
    tree: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list'), tie('object')),
  }));
  const said = (write: (value: unknown) => string | undefined, value: unknown): string => {
    try {
      return write(value) ?? 'nothing';
    } catch (error) {
      return error instanceof TypeError && error.message === 'not a JSON value' ? 'nothing' : 'refused';
    }
  };
  fc.assert(
    fc.property(tree, (value) => {
      const before = JSON.stringify(value);
      t.is(said(canonicalJson, value), said(canonicalize, value));
      t.is(JSON.stringify(value), before, 'what is written stays as it is');
    }),
    { numRuns: 3000 },
  );
});

test('a sealed field opens only with its key and in its place', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, place) => openField(key, place, sealField(key, place, text)) === text),
    { numRuns: 100 },
  );
  const sealed = sealField(key, 'side:1', '客户电话 13800000000');
  t.false(sealed.includes('13800000000'));
  t.notDeepEqual(sealed, sealField(key, 'side:1', '客户电话 13800000000'));
  const bad = Buffer.from(sealed);
  bad[30] = (bad[30] ?? 0) ^ 1;
  for (const open of [
    () => openField(key, 'side:2', sealed),
    () => openField(createSecretKey(randomBytes(32)), 'side:1', sealed),
    () => openField(key, 'side:1', bad),
    () => openField(key, 'side:1', sealed.subarray(0, 20)),
    () => openField(key, 'side:1', Buffer.alloc(0)),
  ]) {
    t.true(isCoded(t.throws(open), 'content_damaged'));
  }
});

test('a wrapped key opens only under the same key for the same ids', (t) => {
  const content = createSecretKey(randomBytes(32));
  const ids = Buffer.from('ids');
  const wrapped = wrapKey(key, ids, content);
  t.is(wrapped.length, 60);
  t.true(unwrapKey(key, ids, wrapped).equals(content));
  for (const open of [
    () => unwrapKey(key, Buffer.from('other'), wrapped),
    () => unwrapKey(content, ids, wrapped),
    () => unwrapKey(key, ids, wrapped.subarray(1)),
  ]) {
    t.true(isCoded(t.throws(open), 'key_unavailable'));
  }
});

test('the context of an object is its label and four ids, nothing else', (t) => {
  const id = (digit: string) => `${digit.repeat(8)}-${digit.repeat(4)}-4${digit.repeat(3)}-8${digit.repeat(3)}-${digit.repeat(12)}`;
  const context = objectContext({ archive: id('1'), record: id('2'), version: id('3'), object: id('4') });
  t.is(context.length, 17 + 64);
  t.is(context.subarray(0, 17).toString('latin1'), 'lantai/object/v1\0');
  t.is(context.subarray(17, 21).toString('hex'), '11111111');
  t.is(context.subarray(65, 69).toString('hex'), '44444444');
  t.throws(() => objectContext({ archive: 'a', record: 'b', version: 'c', object: 'd' }));
});
