import test from 'ava';
import { consumeReceipt, scopeFacts, type Receipt, type ReceiptScope } from '../../src/audit/index.js';
import { testActor, testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
const { audit, stop } = await testAudit(database);
test.after.always(async () => {
  await stop();
  await database.close();
});

const actor = testActor();
const scope: ReceiptScope = { actorPseudonym: actor.pseudonym, objectId: '018f0000-0000-7000-8000-000000000abc', range: { start: 0, end: 10 } };

const begin = (facts = scopeFacts(scope)): Promise<{ id: string }> =>
  database.app.tx((tx) => audit.append(tx, testEntry({ act: 'reading.begin', subject: { kind: 'reading', id: 'r-1' }, facts })));
const receipt = async (): Promise<Receipt> => audit.receipt(await begin(), scope);
const refused = { message: 'forbidden' };

test('R54: a receipt opens its own access, once', async (t) => {
  const one = await receipt();
  t.notThrows(() => consumeReceipt(one, { ...scope, range: { start: 0, end: 10 } }));
  t.throws(() => consumeReceipt(one, scope), refused);
});

test('R54: an entry gives one receipt, however often it is asked', async (t) => {
  const pending = await begin();
  const asked = await Promise.allSettled([audit.receipt(pending, scope), audit.receipt(pending, scope)]);
  t.is(asked.filter((one) => one.status === 'fulfilled').length, 1);
  await t.throwsAsync(audit.receipt(pending, scope), refused);
});

test('R54: another actor, object or range is refused, and the receipt is spent', async (t) => {
  const others: ReceiptScope[] = [
    { ...scope, actorPseudonym: 'p-other' },
    { ...scope, objectId: '018f0000-0000-7000-8000-000000000abd' },
    { ...scope, range: null },
    { ...scope, range: { start: 0, end: 11 } },
    { ...scope, range: { start: 1, end: 10 } },
  ];
  for (const other of others) {
    const one = await receipt();
    t.throws(() => consumeReceipt(one, other), refused);
    t.throws(() => consumeReceipt(one, scope), refused);
  }
});

test('R54: what only looks like a receipt is refused', async (t) => {
  const real = await receipt();
  const prototype = Object.getPrototypeOf(real) as object;
  const Maker = real.constructor as new (...args: unknown[]) => Receipt;
  const forged: unknown[] = [
    undefined,
    null,
    true,
    {},
    Object.assign({}, real),
    { ...scope },
    structuredClone(Object.assign({}, real)),
    Object.create(prototype),
    Object.create(real),
    Object.setPrototypeOf({ ...scope, spent: false }, prototype),
    new Proxy(real, {}),
    () => scope,
  ];
  for (const one of forged) t.throws(() => consumeReceipt(one as Receipt, scope), refused);
  t.throws(() => new Maker(Symbol('maker of receipts'), scope), refused);
  t.throws(() => new Maker(undefined, scope), refused);
  t.throws(() => Reflect.construct(Maker, [undefined, scope], Object), refused);
  t.notThrows(() => consumeReceipt(real, scope), 'the real one was not spent by the attempts');
});

test('R54: a receipt is given only for what its entry says', async (t) => {
  await t.throwsAsync(audit.receipt({ id: (await begin()).id }, scope), refused, 'an entry of our own making');
  await t.throwsAsync(audit.receipt(await begin({ object: 'another', start: 0, end: 10 }), scope), refused);
  await t.throwsAsync(audit.receipt(await begin({ object: scope.objectId }), scope), refused, 'the whole is not a range');
  await t.throwsAsync(audit.receipt(await begin(), { ...scope, range: null }), refused);
  await t.throwsAsync(audit.receipt(await begin(), { ...scope, actorPseudonym: 'p-other' }), refused);
  const denied = await database.app.tx((tx) => audit.append(tx, testEntry({ decision: 'deny', facts: scopeFacts(scope) })));
  await t.throwsAsync(audit.receipt(denied, scope), refused);
});

test('R54: no receipt before the entry stands in the signed log', async (t) => {
  const other = await testDatabase();
  const alone = await testAudit(other, { timeout: 200 });
  await alone.audit.stop();
  const pending = await other.app.tx((tx) => alone.audit.append(tx, testEntry({ facts: scopeFacts(scope) })));
  await t.throwsAsync(alone.audit.receipt(pending, scope), { message: 'audit_unavailable' });
  await alone.audit.startIntegrator();
  await t.notThrowsAsync(alone.audit.receipt(pending, scope));
  await alone.stop();
  await other.close();
});
