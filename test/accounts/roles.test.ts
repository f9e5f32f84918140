import test from 'ava';
import { ADMIN_ROLES, listChanges, PERSON_ROLES, remindOfChanges } from '../../src/access/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import {
  actorOf,
  bootstrap,
  changesOf,
  inRole,
  newcomer,
  origin,
  PASSWORDS,
  seen,
  testArchive,
  type Administrators,
  type TestArchive,
} from './support/archive.js';

let archive: TestArchive;
let admins: Administrators;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
});
test.after.always(() => archive.close());

const coded = (code: ErrorCode) => ({ message: code });
let names = 0;
const someone = (): Promise<{ personId: string; accountId: string; username: string }> => {
  const username = `person.${++names}`;
  return newcomer(archive, admins.system, username).then((made) => ({ ...made, username }));
};

test('R82: every role waits for the audit administrator to see it and for a second person; who lacks the act is refused', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  await inRole(archive, admins, one.accountId, 'agent');
  const given = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'records_manager' });
  t.is(given.state, 'proposed');
  t.deepEqual([...(await actorOf(archive, one.username, PASSWORDS.other)).roles], ['agent']);
  t.true((await accounts.listWaitingRoles(admins.audit)).some((row) => row.id === given.grantId && row.username === one.username));
  await t.throwsAsync(accounts.confirmRole(admins.security, { grantId: given.grantId }), coded('same_person'));
  await t.throwsAsync(accounts.confirmRole(admins.system, { grantId: given.grantId }), coded('forbidden'));
  await t.throwsAsync(accounts.confirmRole(admins.audit, { grantId: given.grantId }), coded('not_seen_yet'));
  await seen(archive, admins.audit, given.grantId);
  await accounts.confirmRole(admins.audit, { grantId: given.grantId });
  t.deepEqual([...(await actorOf(archive, one.username, PASSWORDS.other)).roles], ['agent', 'records_manager']);
  await t.throwsAsync(accounts.confirmRole(admins.audit, { grantId: given.grantId }), coded('wrong_state'));
  await accounts.takeRole(admins.security, { grantId: given.grantId });
  t.deepEqual([...(await actorOf(archive, one.username, PASSWORDS.other)).roles], ['agent']);

  const agent = await actorOf(archive, one.username, PASSWORDS.other);
  for (const actor of [admins.system, admins.audit, agent])
    await t.throwsAsync(accounts.giveRole(actor, { accountId: one.accountId, role: 'agent' }), coded('forbidden'));
  for (const actor of [admins.security, admins.audit, agent])
    await t.throwsAsync(accounts.createPerson(actor, { name: 'X', department: null }), coded('forbidden'));
  await t.throwsAsync(accounts.giveRole(admins.security, { accountId: one.accountId, role: 'agent' }), coded('conflict'), 'held already');
});

test('R82, failure class 5: nobody gives a role to himself, nor through a second account, nor is the giver the confirmer', async (t) => {
  const { accounts, database } = archive;
  const second = await accounts.createAccount(admins.system, { personId: admins.security.personId ?? '', username: 'sec.second' });
  for (const accountId of [admins.security.accountId ?? '', second.accountId]) {
    await t.throwsAsync(accounts.giveRole(admins.security, { accountId, role: 'agent' }), coded('same_person'));
  }
  const one = await someone();
  const other = await someone();
  const attempts = [
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'agent', 'active', 'given', ${one.personId}, now())`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at, decided_by) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'legal', 'active', 'given', ${admins.security.personId}, now(), ${admins.security.personId})`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at, decided_by) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'legal', 'active', 'given', ${admins.security.personId}, now(), ${one.personId})`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'system_admin', 'active', 'given', ${admins.security.personId}, now())`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_at) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'agent', 'active', 'given', now())`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at) values (gen_random_uuid(), ${one.accountId}, ${other.personId}, 'agent', 'active', 'given', ${admins.security.personId}, now())`,
    sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at) values (gen_random_uuid(), ${one.accountId}, ${one.personId}, 'superuser', 'active', 'given', ${admins.security.personId}, now())`,
  ];
  for (const attempt of attempts) await t.throwsAsync(database.owner.run(attempt), { message: /violates (check|foreign key) constraint/ });
});

test('R82: the three administrators exclude every other role and each other, by person, in code and in the database', async (t) => {
  const { accounts, database } = archive;
  const give = (accountId: string, role: (typeof PERSON_ROLES)[number]) => accounts.giveRole(admins.security, { accountId, role });
  for (const admin of ADMIN_ROLES) {
    const one = await someone();
    const other = await accounts.createAccount(admins.system, { personId: one.personId, username: `${one.username}.two` });
    await give(one.accountId, admin);
    for (const role of PERSON_ROLES) {
      if (role === admin) continue;
      await t.throwsAsync(give(one.accountId, role), coded('role_exclusive'), `${admin} + ${role}`);
      await t.throwsAsync(give(other.accountId, role), coded('role_exclusive'), `${admin} + ${role} by a second account`);
      await t.throwsAsync(
        database.owner.run(sql`
          insert into role_grants (id, account_id, person_id, role, state, origin, given_by, given_at, decided_by)
          values (gen_random_uuid(), ${other.accountId}, ${one.personId}, ${role}, 'active', 'given', ${admins.security.personId}, now(), ${admins.audit.personId})`),
        { message: /administrators_are_exclusive/ },
      );
    }
  }
});

test('R82: two roles given at the same moment: at most one of an exclusive pair stands', async (t) => {
  for (let round = 0; round < 5; round++) {
    const one = await someone();
    const outcomes = await Promise.all(
      (['agent', 'system_admin', 'audit_admin'] as const).map((role) =>
        archive.accounts.giveRole(admins.security, { accountId: one.accountId, role }).then(
          () => 'given',
          (error: unknown) => (isCoded(error) ? error.code : String(error)),
        ),
      ),
    );
    t.deepEqual(outcomes.toSorted(), ['given', 'role_exclusive', 'role_exclusive']);
  }
});

test('the last of each administrator stays: not taken, not disabled, not leaving', async (t) => {
  const { accounts, database } = archive;
  const grant = await database.owner.one<{ id: string }>(sql`select id from role_grants where account_id = ${admins.audit.accountId}`);
  await t.throwsAsync(accounts.takeRole(admins.security, { grantId: grant.id }), coded('conflict'));
  await t.throwsAsync(accounts.disableAccount(admins.system, { accountId: admins.audit.accountId ?? '' }), coded('conflict'));
  await t.throwsAsync(accounts.personLeaves(admins.system, { personId: admins.audit.personId ?? '' }), coded('conflict'));
  await t.throwsAsync(accounts.disableAccount(admins.system, { accountId: admins.system.accountId ?? '' }), coded('same_person'));
  await accounts.actorFromSession((await accounts.signIn({ username: 'aud', password: PASSWORDS.audit, device: '', ...origin() })).token, origin());
});

test('R83: a new password for somebody who holds a role needs a second person, so that nobody takes an account over alone', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  const plain = await accounts.inviteAgain(admins.system, { accountId: one.accountId });
  t.false(plain.needsSecond);
  const again = await accounts.inviteAgain(admins.system, { accountId: one.accountId });
  await t.throwsAsync(accounts.claimInvitation({ secret: plain.secret, password: PASSWORDS.audit, ...origin() }), coded('not_found'), 'the newer one voids it');
  await accounts.claimInvitation({ secret: again.secret, password: PASSWORDS.audit, ...origin() });

  const taken = await accounts.inviteAgain(admins.system, { accountId: admins.security.accountId ?? '' });
  t.true(taken.needsSecond);
  await t.throwsAsync(accounts.claimInvitation({ secret: taken.secret, password: PASSWORDS.other, ...origin() }), coded('not_found'));
  await t.throwsAsync(accounts.confirmInvitation(admins.security, { invitationId: taken.invitationId }), coded('same_person'));
  await t.throwsAsync(accounts.confirmInvitation(admins.system, { invitationId: taken.invitationId }), coded('forbidden'));
  t.deepEqual(
    (await accounts.listWaitingInvitations(admins.audit)).map((row) => row.invitationId),
    [taken.invitationId],
  );
  await actorOf(archive, 'sec', PASSWORDS.security);
  await accounts.confirmInvitation(admins.audit, { invitationId: taken.invitationId });
  t.like(await accounts.showInvitation(taken.secret), { kind: 'account', username: 'sec', role: null });
});

test('who leaves loses accounts, sessions and invitations at once', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  const { token } = await accounts.signIn({ username: one.username, password: PASSWORDS.other, device: '', ...origin() });
  await accounts.personLeaves(admins.system, { personId: one.personId });
  await t.throwsAsync(accounts.actorFromSession(token, origin()), coded('unauthenticated'));
  await t.throwsAsync(accounts.inviteAgain(admins.system, { accountId: one.accountId }), coded('wrong_state'));
  await t.throwsAsync(accounts.createAccount(admins.system, { personId: one.personId, username: 'comes.back' }), coded('wrong_state'));
});

test('a person’s page tells the history of roles, who may go on with them, sessions and locks', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  const { grantId } = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'legal' });
  const { token } = await accounts.signIn({ username: one.username, password: PASSWORDS.other, device: '', ...origin() });
  const [forSecurity, forAudit, forSystem] = [
    await accounts.viewPerson(admins.security, one),
    await accounts.viewPerson(admins.audit, one),
    await accounts.viewPerson(admins.system, one),
  ];
  t.like(forSecurity.grants[0], {
    grantId,
    state: 'proposed',
    mayConfirm: false,
    mayTake: true,
    givenBy: { personId: admins.security.personId, name: '安然' },
  });
  t.like(forAudit.grants[0], { seen: false, mayConfirm: false, mayTake: false });
  await seen(archive, admins.audit, grantId);
  t.like((await accounts.viewPerson(admins.audit, one)).grants[0], { seen: true, mayConfirm: true });
  t.is(forAudit.sessions, null);
  t.is(forSystem.sessions?.length, 1);
  for (let i = 0; i < 5; i++) await t.throwsAsync(accounts.signIn({ username: one.username, password: 'wrong password 6', device: '', ...origin() }));
  t.deepEqual((await accounts.viewPerson(admins.system, one)).locked, [one.accountId]);
  await t.throwsAsync(accounts.signOutPerson(admins.security, one), coded('forbidden'));
  t.is(await accounts.signOutPerson(admins.system, one), 1);
  await t.throwsAsync(accounts.actorFromSession(token, origin()), coded('unauthenticated'));
});

test('the staffing says which duties nobody can fill yet', async (t) => {
  const { persons, missing, missingRoles } = await archive.accounts.staffing(admins.system);
  t.is(persons, 8);
  t.true(missingRoles.includes('executive'));
  t.true(missing.some((duty) => duty.id === 'approver'));
  t.false(missing.some((duty) => duty.id.endsWith('-admin')));
});

test('R82: the audit administrator sees a change first; the database holds it whatever the program does', async (t) => {
  const { accounts, database } = archive;
  const one = await someone();
  const { grantId } = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'agent' });
  const waiting = (await listChanges(changesOf(archive), admins.audit)).find((change) => change.id === grantId);
  t.like(waiting, {
    kind: 'role',
    facts: { role: 'agent', account: one.accountId, person: one.personId },
    proposedBy: admins.security.personId,
    overdue: false,
  });
  for (const actor of [admins.security, admins.system]) {
    await t.throwsAsync(seen(archive, actor, grantId), coded('forbidden'));
    await t.throwsAsync(listChanges(changesOf(archive), actor), coded('forbidden'));
  }
  // neither without having been seen, nor by having somebody else's name put there
  const activate = sql`update role_grants set state = 'active', decided_by = ${admins.audit.personId}, decided_at = now() where id = ${grantId}`;
  await t.throwsAsync(database.owner.run(activate), { message: /sees a change before it acts/ });
  const forged = sql`update pending_changes set seen_by = ${admins.system.personId}, seen_at = now() where id = ${grantId}`;
  await t.throwsAsync(database.owner.run(forged), { message: /only an audit administrator/ });
  await t.throwsAsync(database.owner.run(sql`update pending_changes set seen_by = ${admins.security.personId}, seen_at = now() where id = ${grantId}`), {
    message: /seen_by_another|only an audit administrator/,
  });
  await t.throwsAsync(database.app.run(sql`update pending_changes set id = gen_random_uuid()`), { message: /permission denied/ });
  await t.throwsAsync(database.app.run(sql`delete from pending_changes`), { message: /permission denied/ });
  await t.throwsAsync(database.app.run(sql`update pending_changes set closed_at = now() where id = ${grantId}`), { message: /without an audit entry/ });

  await seen(archive, admins.audit, grantId);
  await t.throwsAsync(seen(archive, admins.audit, grantId), coded('wrong_state'), 'once');
  await accounts.confirmRole(admins.audit, { grantId });
  t.deepEqual([...(await actorOf(archive, one.username, PASSWORDS.other)).roles], ['agent']);
  t.deepEqual(
    (await archive.acts()).filter((entry) => entry.subject === grantId).map((entry) => entry.act),
    ['role.give', 'change.see', 'role.confirm'],
  );
});

test('R82: a refused or taken change waits no longer, and refusing needs no wait; one that was taken cannot be put in force', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  const refused = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'agent' });
  await accounts.confirmRole(admins.audit, { grantId: refused.grantId, agree: false });
  const taken = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'agent' });
  await seen(archive, admins.audit, taken.grantId);
  await accounts.takeRole(admins.security, { grantId: taken.grantId });
  const left = (await listChanges(changesOf(archive), admins.audit)).map((change) => change.id);
  t.false(left.includes(refused.grantId) || left.includes(taken.grantId));
  await t.throwsAsync(seen(archive, admins.audit, refused.grantId), coded('wrong_state'));
  await t.throwsAsync(accounts.confirmRole(admins.audit, { grantId: taken.grantId }), coded('wrong_state'));
});

test.serial('R82: what stands unseen too long is put in front again, on record, and never acts by waiting', async (t) => {
  const { accounts } = archive;
  const one = await someone();
  const { grantId } = await accounts.giveRole(admins.security, { accountId: one.accountId, role: 'agent' });
  const deps = { ...changesOf(archive), now: () => new Date(archive.clock.now().getTime() + 25 * 3_600_000) };
  t.true((await remindOfChanges(deps)) >= 1);
  t.is(await remindOfChanges(deps), 0, 'not again before as much time has passed');
  t.true((await listChanges(deps, admins.audit)).find((change) => change.id === grantId)?.overdue);
  await t.throwsAsync(accounts.confirmRole(admins.audit, { grantId }), coded('not_seen_yet'));
  t.true((await archive.acts()).some((entry) => entry.act === 'change.remind' && entry.subject === grantId));
});

test('R82: the server’s database role cannot move a grant to another role or person, nor delete one', async (t) => {
  const { app } = archive.database;
  for (const statement of [
    sql`update role_grants set role = 'agent'`,
    sql`update role_grants set person_id = account_id`,
    sql`delete from role_grants`,
    sql`update accounts set person_id = id`,
    sql`update persons set pseudonym = 'p-0000000000000000'`,
    sql`delete from sessions`,
    sql`update archive_bootstrap set demo = true`,
  ]) {
    await t.throwsAsync(app.run(statement), { message: /permission denied/ });
  }
  await t.throwsAsync(app.run(sql`update role_grants set state = 'active'`), { message: /./ });
  await t.throwsAsync(app.run(sql`update accounts set state = 'disabled'`), { message: /without an audit entry/ });
});
