import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { handBackGrant, issueGrant, takeEmergency } from '../../src/access/index.js';
import { exportWholeLog, type Actor, type Entry, type LogItem } from '../../src/audit/index.js';
import { createProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { phrasesFor } from '../../src/phrases/index.js';
import { capture, openReading, returnReading } from '../../src/records/index.js';
import {
  catalogueLog,
  checkExported,
  exportedLine,
  exportedLog,
  whatCouldRead,
  whoCouldRead,
  type LogSource,
  type WhoCouldRead,
} from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { mayReadNow, office, type Member, type Office } from './past-support.js';

const HOUR = 3_600_000;
let o: Office;
let folder: string;
let reader: Member;
let chief: Member;
let record: string;
const marks: { what: string; at: Date; may: string[] }[] = [];

/** A day of one millisecond: a moment. */
const moment = (at: Date): { from: Date; to: Date } => ({ from: at, to: new Date(at.getTime() + 1) });
const mark = async (what: string): Promise<void> => {
  o.pass(1000);
  marks.push({ what, at: o.deps.now(), may: await mayReadNow(o, reader.accountId, record) });
  o.pass(1000);
};
async function settled(): Promise<void> {
  for (let i = 0; i < 500 && (await o.deps.audit.state()).pending > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}
const actor = async (one: Member): Promise<Actor> => (await o.actorOf(one.accountId)) as Actor;
const purposesOf = (found: WhoCouldRead, one: Member): string[] =>
  [...new Set(found.persons.find(({ person }) => person === one.pseudonym)?.whys.flatMap((why) => why.purposes ?? ['?']))].sort((a, b) => a.localeCompare(b));

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lantai-past-'));
  o = await office();
  reader = await o.newcomer('service');
  chief = await o.newcomer('archive');
  record = (await capture(o.deps, o.archive.person('agent'), { draft: testDraft({ sensitivity: 'sensitive' }), files: [] })).id;
  await o.inRole(reader.accountId, 'agent');
  await o.inRole(chief.accountId, 'records_manager');
  await mark('nothing');
  const give = (readings: number | null) =>
    o.deps.db.tx(async (tx) =>
      issueGrant(tx, o.deps, await actor(chief), {
        kind: 'internal',
        personId: reader.personId,
        recordIds: [record],
        acts: ['view'],
        purpose: 'verify',
        startsAt: new Date(o.deps.now().getTime() + HOUR),
        endsAt: new Date(o.deps.now().getTime() + 48 * HOUR),
        readings,
        requestId: null,
      }),
    );
  await give(1);
  await mark('granted, not begun');
  o.pass(2 * HOUR);
  await mark('granted');
  const reading = await openReading(o.deps, await actor(reader), { recordId: record, purpose: 'verify' });
  await mark('the last reading is open');
  await returnReading(o.deps, await actor(reader), { readingId: reading.id, result: 'solved' });
  await mark('used up');
  const second = await give(null);
  o.pass(2 * HOUR);
  await mark('granted again');
  await handBackGrant(o.deps, await actor(reader), { grantId: second.id, result: 'solved' });
  await mark('handed back');
  await takeEmergency({ ...o.deps, settings: o.deps.settings }, await actor(chief), { recordId: record, purpose: 'solve', reason: '客户在现场' });
  await mark('an emergency of another');
  await settled();
});
test.after.always(async () => {
  await o?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The whole log as a file, the lines changed as told. */
async function exported(name: string, change: (item: LogItem) => LogItem | null = (item) => item): Promise<string> {
  const path = join(folder, name);
  const { audit, db, access } = o.deps;
  const lines: string[] = [];
  const deps = {
    audit,
    db,
    keystore: o.archive.keystore,
    authorize: (who: Actor, right: 'audit.search' | 'audit.export' | 'audit.side') => access.authorize(who, right),
  };
  for await (const batch of await exportWholeLog(deps, o.admins.audit))
    for (const item of batch) {
      const kept = change(item);
      if (kept !== null) lines.push(exportedLine(kept));
    }
  await writeFile(path, lines.join(''));
  return path;
}

async function told(source: LogSource): Promise<string[]> {
  const lines: string[] = [];
  for (const { what, at } of marks) {
    const found = await whoCouldRead(source, { record, day: moment(at) });
    lines.push(`${what}: ${purposesOf(found, reader).join(' ')}`);
  }
  return lines;
}

test('R82: under a grant one could read from its beginning until it was used up, handed back or over, as it was then', async (t) => {
  const truth = marks.map(({ what, may }) => `${what}: ${may.join(' ')}`);
  t.deepEqual(truth, [
    'nothing: ',
    'granted, not begun: ',
    'granted: verify',
    'the last reading is open: verify',
    'used up: ',
    'granted again: verify',
    'handed back: ',
    'an emergency of another: ',
  ]);
  t.deepEqual(await told(catalogueLog(o.deps.db)), truth);
  const last = marks.at(-1)?.at as Date;
  const day = { from: new Date(last.getTime() - 24 * HOUR), to: last };
  const found = await whoCouldRead(catalogueLog(o.deps.db), { record, day });
  const whys = found.persons.find((one) => one.person === reader.pseudonym)?.whys ?? [];
  t.deepEqual(
    whys.map((why) => [why.by, why.spans.length]),
    [
      ['grant', 1],
      ['grant', 1],
    ],
  );
  const span = whys[0]?.spans[0];
  t.true(span !== undefined && span.from > (marks[1]?.at as Date) && span.from < (marks[2]?.at as Date), 'it begins when the grant began');
  t.true(span !== undefined && span.to > (marks[3]?.at as Date) && span.to < (marks[4]?.at as Date), 'and ends when its last reading ended');
  const emergency = found.persons.find((one) => one.person === chief.pseudonym)?.whys.find((why) => why.by === 'grant');
  t.like(emergency, { kind: 'emergency', purposes: ['solve'], certain: true });
  t.deepEqual(purposesOf(await whoCouldRead(catalogueLog(o.deps.db), { record, day, purpose: 'solve' }), reader), []);
});

test('R82: what a person held is told with the grants, and no more', async (t) => {
  const at = marks.find((one) => one.what === 'granted again')?.at as Date;
  const found = await whatCouldRead(catalogueLog(o.deps.db), { person: reader.pseudonym, day: moment(at) });
  t.deepEqual(found.roles, ['agent']);
  t.deepEqual(
    found.grants.map(({ kind, purpose, records, readingsLeft }) => ({ kind, purpose, records, readingsLeft })),
    [{ kind: 'internal', purpose: 'verify', records: 1, readingsLeft: null }],
  );
  t.true(found.byRole.every((one) => one.why.certain));
  const own = found.byRole.find((one) => one.why.by === 'rule' && one.why.rule === 'agent/read-own');
  t.deepEqual(own?.departments, ['service']);
  const clerk = await whatCouldRead(catalogueLog(o.deps.db), { person: o.admins.audit.pseudonym, day: moment(at) });
  t.deepEqual([clerk.roles, clerk.byRole, clerk.grants], [['audit_admin'], [], []]);
});

test('invariant 8: an exported log answers the same with nothing else at hand, and comes to the root that was signed', async (t) => {
  const path = await exported('whole.jsonl');
  t.deepEqual(await told(exportedLog(path)), await told(catalogueLog(o.deps.db)));
  const [log] = await checkExported(path);
  const head = await o.deps.db.many<{ root: Buffer; size: bigint }>(sql`select root, size from audit_heads where size = ${log?.size}`);
  t.is(head[0]?.root.toString('base64'), log?.root);

  const changed = await exported('changed.jsonl', (item) =>
    item.entry.act === 'grant.issue' ? { ...item, entry: { ...item.entry, facts: { ...item.entry.facts, reader: 'p-other' } } } : item,
  );
  t.not((await checkExported(changed))[0]?.root, log?.root, 'what was changed comes to another root');
  const short = await exported('short.jsonl', (item) => (item.entry.act === 'grant.revoke' || item.sequence === 5n ? null : item));
  t.true(isCoded(await t.throwsAsync(checkExported(short)), 'invalid_field'), 'what is missing is found');
  const broken = join(folder, 'broken.jsonl');
  await writeFile(broken, `${await readFile(path, 'utf8')}{"log":"2026"}\n`);
  t.true(isCoded(await t.throwsAsync(checkExported(broken)), 'invalid_field'));
});

test('R82: what older entries do not say is said to be unknown, never guessed', async (t) => {
  const at = marks.find((one) => one.what === 'granted')?.at as Date;
  const without = (entry: Entry, ...names: string[]): Entry => ({
    ...entry,
    facts: Object.fromEntries(Object.entries(entry.facts ?? {}).filter(([name]) => !names.includes(name))),
  });
  const bare = await exported('bare.jsonl', (item) =>
    item.entry.act === 'record.receive' ? { ...item, entry: without(item.entry, 'channel', 'medium', 'restricted', 'purposes') } : item,
  );
  const found = await whoCouldRead(exportedLog(bare), { record, day: moment(at) });
  t.deepEqual(found.notes, ['record_incomplete']);
  const own = found.persons.find((one) => one.person === reader.pseudonym);
  t.true(own !== undefined && own.whys.every((why) => !why.certain), 'whether it was restricted is not known');

  const textless = await exported('textless.jsonl', (item) => (item.entry.act === 'policy.text' ? null : item));
  const unknown = await whoCouldRead(exportedLog(textless), { record, day: moment(at) });
  t.deepEqual(unknown.notes, ['rules_unknown']);
  t.true(unknown.persons.some((one) => one.whys.some((why) => why.by === 'unknown_rule' && !why.certain)));
  const ruleless = await exported('ruleless.jsonl', (item) => (item.entry.act === 'standing.text' ? null : item));
  const at2 = await whatCouldRead(exportedLog(ruleless), { person: reader.pseudonym, day: moment(at) });
  t.deepEqual(at2.notes, ['rules_unknown']);
  t.true(at2.byRole.length > 0 && at2.byRole.every((one) => !one.why.certain));
});

test('R82: the command replays an exported log without archive, database or keys', async (t) => {
  const path = await exported('command.jsonl');
  const at = marks.find((one) => one.what === 'granted')?.at as Date;
  const day = at.toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' });
  const run = async (...args: string[]): Promise<string[]> => {
    const lines: string[] = [];
    const nothing = (): never => t.fail('it asked for settings') as never;
    const terminal: Terminal = {
      lang: 'en',
      phrases: phrasesFor('en'),
      config: nothing,
      log: nothing,
      line: (text) => void lines.push(text),
      progress: () => undefined,
    };
    await createProgram(terminal).parseAsync(['node', 'lantai', 'could-read', path, '--day', day, ...args]);
    return lines;
  };
  const [log, ...lines] = await run('--record', record);
  t.regex(log ?? '', /^Log \d{4}: \d+ entries, root [\w+/=]{44} /);
  t.true(lines.some((line) => line.includes(reader.pseudonym) && line.includes('a grant') && line.includes('verify')));
  const json = JSON.parse((await run('--record', record, '--format', 'json')).join('\n')) as { persons: { person: string }[] };
  t.true(json.persons.some((one) => one.person === reader.pseudonym));
  t.true((await run('--person', reader.pseudonym, '--format', 'csv')).some((line) => line.startsWith('a rule of the role agent/read-own')));
  const before = process.exitCode;
  t.deepEqual(await run('--person', reader.pseudonym, '--day', '2026-02-30'), []);
  t.is(process.exitCode, 1, 'no such day');
  process.exitCode = before;
});
