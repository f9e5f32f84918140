import { fileURLToPath } from 'node:url';
import test from 'ava';
import { changeText, policyChanges, policySet, policySetFrom, readPolicies, type PolicySet } from '../../src/access/index.js';

const FOLDER = fileURLToPath(new URL('../../../policies', import.meta.url));
const base = await readPolicies(FOLDER, 'default');

interface Draft {
  profile: Record<string, unknown>;
  roles: { role: string; rules: { id: string; acts: string[]; when?: unknown }[] }[];
}
function changed(change: (rules: Draft['roles'][0]['rules'], document: Draft) => void, role = 'agent'): PolicySet {
  const document = JSON.parse(base.canonical) as Draft;
  change(document.roles.find((one) => one.role === role)?.rules ?? [], document);
  return policySet(document);
}
const said = (after: PolicySet): string[] => policyChanges(base, after).map((change) => changeText('en', change));

test('invariant 6: whoever approves rules sees in words what changes', (t) => {
  t.deepEqual(said(policySetFrom(base.canonical, base.digest)), []);
  t.deepEqual(said(changed((rules) => rules[2]?.acts.push('record.download'))), ['agent: may now download', 'agent: the text of rule read-own changed']);
  t.deepEqual(said(changed((rules) => rules.splice(4, 1))), ['agent: may no longer archive', 'agent: the text of rule hand-in changed']);
  t.deepEqual(
    said(
      changed(
        (rules) =>
          void (rules[2] = {
            ...(rules[2] as Draft['roles'][0]['rules'][0]),
            acts: ['record.read', 'record.unmask'],
            when: { department: '$user.department', sensitivity: ['public', 'internal'] },
          }),
      ),
    ),
    ['agent: read content reaches less far', 'agent: see unmasked data reaches less far', 'agent: the text of rule read-own changed'],
  );
  t.deepEqual(
    said(
      changed(
        (rules) => void (rules[4] = { ...(rules[4] as Draft['roles'][0]['rules'][0]), when: { department: '$user.department', channel: ['phone', 'chat'] } }),
      ),
    ).at(-1),
    'agent: the text of rule hand-in changed',
  );
  t.deepEqual(said(changed((_, document) => void (document.profile['confirm'] = ['system_admin', 'security_admin', 'audit_admin']))), [
    'the roles that are countersigned changed',
  ]);
});

test('no change of rights is silent: what a version gives more shows as a right or a rule, in both languages', async (t) => {
  for (const profile of ['strict', 'small']) {
    const changes = policyChanges(base, await readPolicies(FOLDER, profile));
    t.true(changes.length > 0);
    for (const lang of ['zh', 'en'] as const) for (const change of changes) t.notRegex(changeText(lang, change), /\{\w+\}/);
  }
});
