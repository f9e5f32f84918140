import test from 'ava';
import { newId, sql } from '../../src/db/index.js';
import { forgetPlace } from '../../src/vault/index.js';
import { systemActor } from '../../src/audit/index.js';
import { keeper } from '../../src/app/index.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
let lost = '';
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
  // a place that was registered once and is not there any more
  lost = newId();
  await server.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(sql`insert into keystore_places (id, first_seen) values (${lost}, now())`);
  });
});
test.after.always(() => server.close());

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const sent = () => ({ 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.serving.url });

test.serial('R70: over the API one administrator asks, another confirms, and the command carries out only that', async (t) => {
  const ask = (by: Staff[keyof Staff], body: unknown = { fate: 'destroyed', words: '<b>burnt down</b>' }, id = lost) =>
    by('POST', `/api/v1/keys/places/${id}/ends`, body);
  const { items } = (await staff.systemAdmin('GET', '/api/v1/keys/places')).json as { items: { id: string; place: string | null }[] };
  t.is(items.find((one) => one.id === lost)?.place, null);
  t.is((await ask(staff.systemAdmin, undefined, items.find((one) => one.place !== null)?.id)).status, 409, 'one that can be reached');
  t.is((await ask(staff.systemAdmin, undefined, newId())).status, 404);
  t.is((await ask(staff.systemAdmin, undefined, 'copy')).status, 422);
  t.is((await ask(staff.systemAdmin, { fate: 'sold', words: 'x' })).status, 422);
  t.is((await ask(staff.systemAdmin, { fate: 'destroyed', words: ' ' })).status, 422);
  t.is((await ask(staff.systemAdmin, { fate: 'destroyed', words: 'x'.repeat(2001) })).status, 422);
  t.is((await ask(staff.systemAdmin, { fate: 'destroyed', words: 'x', ended: true })).status, 422, 'nothing that is not asked for');
  for (const stranger of [staff.securityAdmin, staff.auditAdmin, staff.agent, staff.compliance]) t.is((await ask(stranger)).status, 403);
  for (const stranger of [staff.agent, staff.compliance]) {
    t.is((await stranger('GET', '/api/v1/keys/places')).status, 403);
    t.is((await stranger('GET', '/system/places')).status, 403);
  }
  const made = await ask(staff.systemAdmin);
  t.is(made.status, 201);
  const id = String(made.json['id']);
  t.is((await ask(staff.systemAdmin)).status, 409, 'asked for already');
  const decide = (by: Staff[keyof Staff], agree: unknown = true) => by('POST', `/api/v1/keys/place-ends/${id}/decision`, { agree });
  for (const stranger of [staff.systemAdmin, staff.auditAdmin, staff.compliance]) t.is((await decide(stranger)).status, 403);
  t.is((await decide(staff.securityAdmin, 'yes')).status, 422);
  const page = await staff.securityAdmin('GET', '/system/places');
  t.is(page.status, 200);
  t.regex(page.text, /&lt;b(>|&gt;)burnt down/);
  t.regex(page.text, /lantai keys end-place/);
  await t.throwsAsync(forgetPlace(keeper(server.serving.archive), systemActor(), lost, 'destroyed'), { message: /second_person/ });
  t.true((await decide(staff.securityAdmin)).status < 300);
  t.is((await decide(staff.securityAdmin, false)).status, 409);
  await forgetPlace(keeper(server.serving.archive), systemActor(), lost, 'destroyed');
  const after = (await staff.securityAdmin('GET', '/api/v1/keys/places')).json as {
    items: { id: string; ended: string | null }[];
    ends: { decision: string; executedAt: string | null; proposedBy: string; decidedBy: string }[];
  };
  t.is(after.items.find((one) => one.id === lost)?.ended, 'destroyed');
  t.is(after.ends[0]?.decision, 'confirmed');
  t.truthy(after.ends[0]?.executedAt);
  t.not(after.ends[0]?.proposedBy, after.ends[0]?.decidedBy);
});

test.serial('R70: the page asks and refuses; a form without words says so beside the field', async (t) => {
  const away = newId();
  await server.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(sql`insert into keystore_places (id, first_seen) values (${away}, now())`);
  });
  t.regex((await staff.systemAdmin('GET', '/system')).text, /href="\/system\/places"/);
  t.regex((await staff.systemAdmin('GET', '/system/places')).text, /请求注明下落/);
  t.is((await staff.systemAdmin('POST', '/system/places', form({ place: away, fate: 'destroyed', words: '' }), sent())).status, 422);
  t.is((await staff.systemAdmin('POST', '/system/places', form({ place: away, fate: '', words: 'x' }), sent())).status, 422);
  t.is((await staff.securityAdmin('POST', '/system/places', form({ place: away, fate: 'destroyed', words: 'x' }), sent())).status, 403);
  t.is((await staff.systemAdmin('POST', '/system/places', form({ place: away, fate: 'overwritten', words: 'x' }), sent())).status, 303);
  const { ends } = (await staff.securityAdmin('GET', '/api/v1/keys/places')).json as { ends: { id: string; place: string; decision: string | null }[] };
  const open = ends.find((one) => one.place === away)?.id ?? '';
  t.is((await staff.systemAdmin('POST', `/system/places/${open}`, form({ agree: '1' }), sent())).status, 403);
  t.is((await staff.securityAdmin('POST', `/system/places/${open}`, form({ agree: '0' }), sent())).status, 303);
  t.regex((await staff.securityAdmin('GET', '/system/places')).text, /已否决/);
});
