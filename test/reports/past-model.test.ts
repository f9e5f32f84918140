import test from 'ava';
import fc from 'fast-check';
import { endStandingRule, expireGrants, handBackGrant, issueGrant, revokeGrant, type PersonRole } from '../../src/access/index.js';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { isCoded } from '../../src/errors/index.js';
import {
  answerCorrection,
  answerLowering,
  answerRestriction,
  capture,
  completeRecord,
  correctRecord,
  openReading,
  proposeRelease,
  proposeRestriction,
  reclassify,
  returnReading,
  sendBack,
} from '../../src/records/index.js';
import { catalogueLog, whoCouldRead } from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { mayReadNow, office, type Member, type Office } from './past-support.js';

/** Random histories; `LANTAI_MODEL_RUNS=200` is the long run. */
const RUNS = Number(process.env['LANTAI_MODEL_RUNS'] ?? 3);
const PEOPLE = 4;
const RECORDS = 4;
const HOUR = 3_600_000;

let o: Office;
let manager: Actor;
let clerk: Actor;
let officer: Actor;
test.before(async () => {
  o = await office();
  manager = o.archive.person('records_manager', 'archive');
  clerk = o.archive.person('records_clerk', 'archive');
  officer = o.archive.person('compliance_officer', 'compliance');
});
test.after.always(() => o.close());

const who = fc.nat(PEOPLE - 1);
const what = fc.nat(RECORDS - 1);
const department = fc.constantFrom('hotline', 'service', null);
const ROLES = ['agent', 'supervisor', 'records_clerk', 'records_manager', 'compliance_officer', 'system_admin'] as const satisfies readonly PersonRole[];
const pick = <T extends string>(...list: T[]) => fc.constantFrom(...list);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: pick('role'), who, role: fc.constantFrom(...ROLES) }) },
  { weight: 2, arbitrary: fc.record({ do: pick('take', 'disable', 'again'), who, nth: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: pick('move'), who, department }) },
  { weight: 1, arbitrary: fc.record({ do: pick('leave'), who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: pick('class'),
      what,
      sensitivity: pick('public', 'internal', 'sensitive', 'highly_sensitive'),
      type: pick('routine', 'special', 'survey'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: pick('restrict', 'client', 'release'), what, nth: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: pick('correct'), what, department: pick('hotline', 'service') }) },
  { weight: 1, arbitrary: fc.record({ do: pick('complete', 'back'), what }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: pick('grant'),
      who,
      on: fc.uniqueArray(what, { minLength: 1 }),
      hours: fc.integer({ min: 1, max: 80 }),
      later: fc.constantFrom(0, 0, 0, 12),
      readings: fc.constantFrom(null, 1, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: pick('revoke', 'hand_back', 'expire'), nth: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: pick('read', 'read', 'return'), who, what, nth: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: pick('rules'), nth: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: pick('wait'), hours: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 4, arbitrary: fc.record({ do: pick('look') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface History {
  people: Member[];
  roles: Map<number, string[]>;
  records: string[];
  clients: string[];
  grants: { id: string; who: number }[];
  readings: { id: string; who: number }[];
  restrictions: string[];
  looks: { at: Date; truth: string[] }[];
}

/** What the program refuses is refused: the history goes on without it. */
async function tried(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isCoded(error)) throw error;
  });
}

/** Who may read what for which purposes now, one line each. */
async function truthNow(h: History): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, person] of h.people.entries())
    for (const [j, record] of h.records.entries())
      for (const purpose of await mayReadNow(o, person.accountId, record)) lines.push(`${i} reads ${j} for ${purpose}`);
  return lines.sort();
}

async function act(h: History, one: Step): Promise<void> {
  const { accounts, admins, deps } = o;
  const person = 'who' in one ? (h.people[one.who] as Member) : undefined;
  const record = 'what' in one ? (h.records[one.what] as string) : '';
  switch (one.do) {
    case 'role': {
      const id = await o.inRole(person?.accountId ?? '', one.role).catch((error: unknown) => {
        if (!isCoded(error)) throw error;
      });
      if (id !== undefined) h.roles.set(one.who, [...(h.roles.get(one.who) ?? []), id]);
      return;
    }
    case 'take':
      return tried(accounts.takeRole(admins.security, { grantId: h.roles.get(one.who)?.[one.nth] ?? '00000000-0000-4000-8000-000000000000' }));
    case 'disable':
      return tried(accounts.disableAccount(admins.system, { accountId: person?.accountId ?? '' }));
    case 'again':
      return tried(again(person as Member));
    case 'move':
      return tried(accounts.changePerson(admins.system, { personId: person?.personId ?? '', name: '来人', department: one.department }));
    case 'leave':
      return tried(accounts.personLeaves(admins.system, { personId: person?.personId ?? '' }));
    case 'class':
      await tried(reclassify(deps, clerk, { recordId: record, sensitivity: one.sensitivity, serviceType: one.type }));
      return tried(answerLowering(deps, manager, { recordId: record, agree: true }));
    case 'restrict':
    case 'client': {
      const over = one.do === 'restrict' ? { records: [record] } : { client: h.clients[one.what] as string };
      const made = proposeRestriction(deps, officer, { ground: 'objection', reason: '客户来函', ...over });
      return tried(made.then(({ id }) => answerRestriction(deps, manager, { id, agree: true }).then(() => h.restrictions.push(id))));
    }
    case 'release':
      await tried(proposeRelease(deps, officer, { id: h.restrictions[one.nth] ?? '00000000-0000-4000-8000-000000000000', reason: '已处理' }));
      return tried(answerRestriction(deps, manager, { id: h.restrictions[one.nth] ?? '00000000-0000-4000-8000-000000000000', agree: true }));
    case 'correct': {
      const patch = { department: one.department, channel: one.department === 'hotline' ? 'phone' : 'email' };
      return tried(
        correctRecord(deps, { ...clerk, secondFactor: true }, { recordId: record, patch, reason: '登记有误' }).then(({ id }) =>
          answerCorrection(deps, manager, { id, agree: true }),
        ),
      );
    }
    case 'back':
      return tried(sendBack(deps, clerk, { recordId: record, reason: '缺少内容' }));
    case 'complete':
      return tried(completeRecord(deps, clerk, { recordId: record, patch: { content: '补全的内容', sensitivity: 'sensitive' } }));
    case 'grant': {
      const startsAt = new Date(deps.now().getTime() + one.later * HOUR);
      const given = {
        kind: 'internal',
        acts: ['view'],
        purpose: 'verify',
        startsAt,
        endsAt: new Date(startsAt.getTime() + one.hours * HOUR),
        readings: one.readings,
        requestId: null,
      } as const;
      const made = deps.db.tx((tx) =>
        issueGrant(tx, deps, o.archive.person('executive'), {
          ...given,
          personId: person?.personId ?? '',
          recordIds: one.on.map((i) => h.records[i] as string),
        }),
      );
      return tried(made.then(({ id }) => h.grants.push({ id, who: one.who })));
    }
    case 'revoke':
      return tried(revokeGrant(deps, manager, { grantId: h.grants.at(-1 - one.nth)?.id ?? '00000000-0000-4000-8000-000000000000', reason: 'model' }));
    case 'hand_back': {
      const grant = h.grants.at(-1 - one.nth);
      const reader = grant && (await o.actorOf(h.people[grant.who]?.accountId ?? ''));
      if (grant && reader) await tried(handBackGrant(deps, reader, { grantId: grant.id, result: 'solved' }));
      return;
    }
    case 'expire':
      await expireGrants(deps, systemActor('test'));
      return;
    case 'read': {
      const reader = await o.actorOf(person?.accountId ?? '');
      if (reader) await tried(openReading(deps, reader, { recordId: record, purpose: 'verify' }).then(({ id }) => h.readings.push({ id, who: one.who })));
      return;
    }
    case 'return': {
      const reading = h.readings.at(-1 - one.nth);
      const reader = reading && (await o.actorOf(h.people[reading.who]?.accountId ?? ''));
      if (reading && reader) await tried(returnReading(deps, reader, { readingId: reading.id, result: 'solved' }));
      return;
    }
    case 'rules':
      return o.changeRules('roles/agent.yaml', (text) =>
        one.nth === 0
          ? text.replace(
              'acts: [record.read, record.unmask]\n    when: { department: $user.department, sensitivity: [public, internal, sensitive] }',
              'acts: [record.read, record.unmask]\n    when: { department: $user.department, sensitivity: [public, internal], channel: [phone, email] }',
            )
          : text.replace('sensitivity: [public, internal], channel: [phone, email] }', 'sensitivity: [public, internal, sensitive] }'),
      );
    case 'wait':
      return o.pass(one.hours * HOUR);
    case 'look':
      o.pass(1000);
      h.looks.push({ at: deps.now(), truth: await truthNow(h) });
      return o.pass(1000);
  }
}

async function again({ accountId }: Member): Promise<void> {
  const { accounts, admins } = o;
  const { invitationId, secret, needsSecond } = await accounts.inviteAgain(admins.system, { accountId });
  if (needsSecond) await accounts.confirmInvitation(admins.security, { invitationId });
  await accounts.claimInvitation({ secret, password: 'seven quiet rivers', address: null, requestId: 'r-again' });
}

async function begin(): Promise<History> {
  const people: Member[] = [];
  for (let i = 0; i < PEOPLE; i++) people.push(await o.newcomer(i % 2 === 0 ? 'hotline' : 'service'));
  const records: string[] = [];
  const clients = Array.from({ length: RECORDS }, (_, i) => `C-${o.archive.clock.now.getTime()}-${i}`);
  const author = o.archive.person('agent');
  for (let i = 0; i < RECORDS; i++) {
    const draft = testDraft({ sensitivity: ['public', 'internal', 'sensitive', 'highly_sensitive'][i], ...(i === 1 ? { content: undefined } : {}) });
    const client = { number: clients[i], name: '王小明', type: 'individual' };
    records.push((await capture(o.deps, author, { draft: { ...draft, client }, files: [] })).id);
  }
  return { people, roles: new Map(), records, clients, grants: [], readings: [], restrictions: [], looks: [] };
}

test.serial('invariant 7: after every random history, on every past day, the log alone says who could have read what, as the database had it', async (t) => {
  const log = catalogueLog(o.deps.db);
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 80 }), async (steps) => {
      const h = await begin();
      const first: Step[] = [
        { do: 'role', who: 0, role: 'agent' },
        { do: 'role', who: 1, role: 'supervisor' },
        { do: 'role', who: 2, role: 'records_clerk' },
      ];
      for (const one of [...first, ...steps, { do: 'look' as const }]) {
        o.pass(10);
        await act(h, one);
      }
      await settled();
      for (const look of h.looks) {
        const day = { from: look.at, to: new Date(look.at.getTime() + 1) };
        const lines: string[] = [];
        for (const [j, record] of h.records.entries()) {
          const found = await whoCouldRead(log, { record, day });
          t.deepEqual(
            found.notes.filter((one) => one === 'record_incomplete' || one === 'rules_unknown' || one === 'record_unknown'),
            [],
          );
          for (const [i, { pseudonym }] of h.people.entries()) {
            const own = found.persons.find((one) => one.person === pseudonym);
            t.true(own?.whys.every((why) => why.certain && why.entries.length > 0) ?? true);
            for (const purpose of new Set(own?.whys.flatMap((why) => why.purposes ?? ['?']) ?? [])) lines.push(`${i} reads ${j} for ${purpose}`);
          }
        }
        const [more, less] = [lines.filter((one) => !look.truth.includes(one)), look.truth.filter((one) => !lines.includes(one))];
        if (more.length + less.length > 0) throw new Error(`at ${look.at.toISOString()} the log says ${more.join(', ')}; the database had ${less.join(', ')}`);
        compared += look.truth.length;
      }
    }),
    { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
  );
  t.true(compared > 20 * RUNS, `${compared} readings compared`);
});

test.serial('standing rules that end give nothing from then on, in the past as well', async (t) => {
  const h = await begin();
  await o.inRole(h.people[0]?.accountId ?? '', 'agent');
  o.pass(1000);
  const before = { at: o.deps.now(), truth: await truthNow(h) };
  o.pass(1000);
  await endStandingRule(o.deps, manager, 'internal.1');
  o.pass(1000);
  t.deepEqual(await truthNow(h), []);
  await settled();
  const asked = { record: h.records[0] as string, day: { from: before.at, to: o.deps.now() } };
  const found = await whoCouldRead(catalogueLog(o.deps.db), asked);
  const own = found.persons.find((one) => one.person === h.people[0]?.pseudonym);
  t.like(own?.whys[0], { by: 'rule', role: 'agent', standing: 'internal.1', certain: true });
  t.deepEqual(own?.whys[0]?.spans, [{ from: before.at, to: new Date(o.deps.now().getTime() - 1000) }]);
  const after = await whoCouldRead(catalogueLog(o.deps.db), { ...asked, day: { from: o.deps.now(), to: new Date(o.deps.now().getTime() + HOUR) } });
  t.false(after.persons.some((one) => one.person === h.people[0]?.pseudonym));
});

/** Everything that was done stands under a signed head. */
async function settled(): Promise<void> {
  for (let i = 0; i < 500 && (await o.deps.audit.state()).pending > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}
