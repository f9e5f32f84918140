import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import {
  ADMIN_ROLES,
  mayHoldBoth,
  missingHolders,
  policySet,
  policySetFrom,
  profilesIn,
  readPolicies,
  ROLES,
  smallestStaffing,
  unfilledDuties,
  type PolicyDocument,
  type Role,
} from '../../src/access/index.js';
import { isCoded } from '../../src/errors/index.js';

const FOLDER = fileURLToPath(new URL('../../../policies', import.meta.url));
const shipped = await readPolicies(FOLDER, 'default');

interface Draft {
  profile: Record<string, unknown>;
  roles: { role: string; rules: Record<string, unknown>[] }[];
}
const draft = (change: (document: Draft) => void): PolicyDocument => {
  const document = JSON.parse(shipped.canonical) as Draft;
  change(document);
  return document;
};
const ruleOf = (document: Draft, role: Role): Record<string, unknown> => document.roles.find((one) => one.role === role)?.rules[0] ?? {};

test('every shipped profile is valid and has a file for each role', async (t) => {
  t.deepEqual(await profilesIn(FOLDER), ['default', 'small', 'strict']);
  for (const name of await profilesIn(FOLDER)) {
    const set = await readPolicies(FOLDER, name);
    t.deepEqual([...set.roles.keys()], [...ROLES]);
    t.is(set.profile.profile, name);
  }
});

test('the digest depends on what the rules say, not on how the files are written', (t) => {
  const again = policySet(JSON.parse(shipped.canonical) as PolicyDocument);
  t.is(again.version, shipped.version);
  t.is(policySetFrom(shipped.canonical, shipped.digest).version, shipped.version);
  t.not(policySet(draft((document) => void (ruleOf(document, 'agent')['acts'] = ['record.list']))).version, shipped.version);
});

const WRONG: Record<string, (document: Draft) => void> = {
  'no rules at all': (d) => void (d.roles = []),
  'a role without a file': (d) => void d.roles.pop(),
  'a role twice': (d) => void d.roles.push(structuredClone(d.roles[0] as Draft['roles'][0])),
  'an unknown role': (d) => void ((d.roles[0] as Draft['roles'][0]).role = 'superuser'),
  'an unknown act': (d) => void (ruleOf(d, 'agent')['acts'] = ['record.everything']),
  'no acts': (d) => void (ruleOf(d, 'agent')['acts'] = []),
  'an empty list of rules': (d) => void ((d.roles[0] as Draft['roles'][0]).rules = []),
  'a cannot': (d) => void (ruleOf(d, 'agent')['cannot'] = true),
  'an empty condition': (d) => void (ruleOf(d, 'agent')['when'] = {}),
  'an empty any': (d) => void (ruleOf(d, 'agent')['when'] = { any: [] }),
  'an empty list of values': (d) => void (ruleOf(d, 'agent')['when'] = { sensitivity: [] }),
  'an unknown column': (d) => void (ruleOf(d, 'agent')['when'] = { client_name: 'x' }),
  'an unknown value': (d) => void (ruleOf(d, 'agent')['when'] = { sensitivity: 'secret' }),
  'an unknown placeholder': (d) => void (ruleOf(d, 'agent')['when'] = { department: '$user.everything' }),
  'a placeholder in a wrong column': (d) => void (ruleOf(d, 'agent')['when'] = { department: '$user.account' }),
  'null as a value': (d) => void (ruleOf(d, 'agent')['when'] = { department: null }),
  'a text for a truth value': (d) => void (ruleOf(d, 'agent')['when'] = { restricted: 'false' }),
  'a record act without a condition': (d) => void delete ruleOf(d, 'agent')['when'],
  'a condition on an act of the archive': (d) => void (ruleOf(d, 'audit_admin')['when'] = 'every_record'),
  'an administrator who touches records': (d) => {
    ruleOf(d, 'system_admin')['acts'] = ['record.read'];
    ruleOf(d, 'system_admin')['when'] = 'every_record';
  },
  'an administrator whose role nobody confirms': (d) => void (d.profile['confirm'] = ['agent']),
  'a deputy of an administrator': (d) => void (d.profile['stands_for'] = { audit_admin: 'records_manager' }),
  'a role that nobody on duty could hold': (d) => void (d.profile['holders'] = ['integration']),
  'no duties': (d) => void (d.profile['duties'] = []),
};

for (const [what, change] of Object.entries(WRONG)) {
  test(`failure class 12: a policy with ${what} is invalid as a whole`, (t) => {
    const error = t.throws(() => void policySet(draft(change)));
    t.true(isCoded(error, 'policy_invalid'), String(error));
  });
}

test('failure class 12: missing, empty and broken folders are invalid', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-policies-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const invalid = async (profile: string): Promise<void> => {
    const error = await t.throwsAsync(readPolicies(folder, profile));
    t.true(isCoded(error, 'policy_invalid'));
  };
  await invalid('default');
  await invalid('../default');
  await mkdir(join(folder, 'roles'));
  await mkdir(join(folder, 'profiles/default'), { recursive: true });
  await invalid('default');
  await writeFile(join(folder, 'roles/agent.yaml'), 'role: [agent');
  await writeFile(join(folder, 'profiles/default/profile.yaml'), '');
  await invalid('default');
});

test('a stored text that was changed behind our back is invalid', (t) => {
  for (const text of [shipped.canonical.replace('"legal"', '"legal" '), '{}', 'null', '[]', '', shipped.canonical.replace('policy.view', 'audit.search')]) {
    const error = t.throws(() => void policySetFrom(text, shipped.digest));
    t.true(isCoded(error, 'policy_invalid'), text.slice(0, 40));
  }
});

test('R82: administrators hold nothing else', (t) => {
  for (const admin of ADMIN_ROLES) for (const role of ROLES) t.is(mayHoldBoth(admin, role), admin === role);
  t.true(mayHoldBoth('agent', 'records_clerk'));
});

test('R68: the smallest staffing fills every duty with a person of its own, and one person fewer does not', async (t) => {
  for (const [name, persons] of [
    ['default', 8],
    ['strict', 9],
    ['small', 8],
  ] as const) {
    const { profile } = await readPolicies(FOLDER, name);
    t.is(smallestStaffing(profile).persons, persons);
    const people = profile.duties.map(({ roles }, i) => ({ personId: `p${i}`, roles: [roles[0] as string] }));
    t.deepEqual(unfilledDuties(profile, people), []);
    for (let i = 0; i < people.length; i++) t.not(unfilledDuties(profile, people.toSpliced(i, 1)).length, 0);
    t.deepEqual(missingHolders(profile, []), profile.holders);
    t.deepEqual(missingHolders(profile, [{ personId: 'p', roles: [...profile.holders] }]), []);
    t.is(unfilledDuties(profile, []).length, persons);
    t.not(unfilledDuties(profile, [{ personId: 'one', roles: [...ROLES] }]).length, 0, 'one person cannot be everybody');
  }
});
