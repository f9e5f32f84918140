import { Readable } from 'node:stream';
import { currentCode, DEMO_DEPARTMENTS, DEMO_PEOPLE } from '../accounts/index.js';
import type { Accounts, Credential, DemoAccount, Origin } from '../accounts/index.js';
import type { Actor } from '../audit/index.js';
import { capture, confirmTerm, listIntakeBatches, moveBatch, openReading, returnReading, sendBack } from '../records/index.js';
import type { Captured, CaptureFile, RecordsDeps } from '../records/index.js';
import type { RequestsDeps } from '../requests/index.js';
import type { DispositionDeps, DueDeps, ExecutionDeps, HoldsDeps } from '../disposition/index.js';
import type { PrivacyDeps } from '../privacy/index.js';
import { demoRecords } from './demo-records.js';
import type { DemoFile, DemoRecord } from './demo-records.js';
import { tellApplications, type Cast, type Shelved } from './applications.js';
import { tellHolds } from './holds.js';
import { tellDestroyed, type Destroyed, type PastStage } from './destroyed.js';
import { tellDispositions } from './dispositions.js';
import { tellOversight, tellSamples, tellStanding } from './oversight.js';
import { FORMER_PEOPLE, MORE_DEPARTMENTS, MORE_HEADS } from './people.js';
import type { ReportsDeps } from '../reports/index.js';
import { readingNotes, sendBackReason } from './words.js';

const DEMO_CAST = [...DEMO_PEOPLE, ...MORE_HEADS];
const EVERYBODY = [...DEMO_CAST, ...FORMER_PEOPLE];
/** Roles of the persons of the applications. */
const ROLES = { agent: 'agent', head: 'supervisor', clerk: 'records_clerk', manager: 'records_manager', executive: 'executive' } as const;
/** Records that are taken in at the same time. */
const WIDTH = 8;

export interface DemoDeps {
  records: RecordsDeps;
  requests: RequestsDeps;
  holds: HoldsDeps;
  /** What is due, and what becomes of it. */
  due: DueDeps;
  disposition: DispositionDeps;
  execution: ExecutionDeps;
  privacy: PrivacyDeps;
  /** The archive of years ago, and an index that nobody keeps yet. */
  past: Pick<PastStage, 'at' | 'follow'>;
  reports: ReportsDeps;
  accounts: Pick<Accounts, 'createDemoAccounts' | 'signIn' | 'signOut' | 'showSecondFactor' | 'actorFromSession' | 'personLeaves' | 'disableSleepers'>;
}

export interface DemoInput {
  requestId: string;
  seed?: string;
  count?: number;
  /** Called after each record. */
  onProgress?(done: number, total: number): void;
}

export interface DemoLoaded {
  /** To be printed once; they are stored nowhere. */
  credentials: Credential[];
  records: number;
  /** Records that wait to be arranged or were sent back. */
  waiting: number;
  applications: number;
  appraisals: number;
  /** Records that were destroyed before, and those of them that are gone to the last copy. */
  destroyed: Destroyed;
  signals: number;
  reports: number;
  files: number;
}

interface Taken {
  record: DemoRecord;
  captured: Captured;
}

/**
 * Fills an archive that was opened as a demo: its people first, what was destroyed before, then every record through the same capture as any
 * other, and the traces that work leaves (terms confirmed, batches handed over, readings, one record sent back, applications, holds).
 */
export async function loadDemo(deps: DemoDeps, input: DemoInput): Promise<DemoLoaded> {
  const { records, requests, holds, due, disposition, reports, accounts } = deps;
  const departments = [...DEMO_DEPARTMENTS, ...MORE_DEPARTMENTS];
  const made = await accounts.createDemoAccounts({ departments, people: EVERYBODY, requestId: input.requestId });
  const origin: Origin = { address: null, requestId: input.requestId };
  const actors: Actor[] = [];
  const signed = new Map<string, Actor>();
  const enter = async (account: DemoAccount): Promise<Actor> => {
    const { actor, token } = await accounts.signIn({ username: account.username, password: account.password, device: 'demo', ...origin });
    actors.push(actor);
    if (account.totp === undefined) return actor;
    // the code before this one, so that the present one is left for whoever signs in next
    await accounts.showSecondFactor(actor, { code: currentCode(account.totp, records.now(), -1) });
    return accounts.actorFromSession(token, origin);
  };
  const as = async (role: string, nth = 0, department?: string): Promise<Actor> => {
    const person = DEMO_CAST.filter((one) => one.role === role && (department === undefined || one.department === department))[nth];
    const account = made.accounts.find((one) => one.username === person?.username);
    if (!account) throw new Error(`the demo has no ${role}`);
    const actor = signed.get(account.username) ?? (await enter(account));
    signed.set(account.username, actor);
    return actor;
  };
  const clerk = await as('records_clerk');
  const destroyed = await tellDestroyed({
    ...deps,
    ...deps.past,
    now: records.now,
    cast: {
      clerk,
      executor: await as('records_clerk', 1),
      manager: await as('records_manager'),
      head: await as('supervisor', 0, 'hotline'),
      executive: await as('executive'),
      legal: await as('legal'),
      officer: await as('compliance_officer'),
    },
  });
  const { seed = 'lantai', count } = input;
  const all = [...demoRecords({ seed, now: records.now(), ...(count === undefined ? {} : { count }) })];
  const taken = await takeYears(records, [clerk, await as('records_clerk', 1)], all, input);
  await confirmTerms(records, await as('records_manager'), taken);
  await sendOneBack(records, clerk, taken);
  await read(records, await as('agent'), taken);
  const cast: Cast = (person) => {
    const [who = '', department] = person.split(' ');
    return as(ROLES[who as keyof typeof ROLES], 0, department);
  };
  const applications = await tellApplications({ records, requests, cast, shelf: shelfOf(taken) });
  await tellHolds(holds, { legal: await as('legal'), manager: await as('records_manager') }, shelfOf(taken));
  const appraisals = await tellDispositions({
    due,
    disposition,
    cast,
    offices: { executor: await as('records_clerk', 1), supervisors: [await as('legal'), await as('compliance_officer')] },
  });
  const readers = { agent: await as('agent'), fieldAgent: await as('agent', 1), head: await as('supervisor', 0, 'online') };
  const officer = await as('compliance_officer');
  const told = await tellOversight({ records, reports, readers, clerk, shelf: shelfOf(taken) }, officer);
  await tellSamples(reports, [officer, await as('audit_admin')]);
  await tellStanding(records, { manager: await as('records_manager'), security: await as('security_admin') });
  await retire(accounts, await as('system_admin'), made.accounts);
  for (const actor of actors) await accounts.signOut(actor);
  return {
    credentials: made.credentials,
    records: taken.length,
    waiting: taken.filter(({ captured }) => captured.state === 'received').length,
    applications,
    appraisals,
    destroyed,
    ...told,
    files: all.reduce((sum, { files }) => sum + files.length, 0),
  };
}

/** One person has left; what nobody used for long sleeps. */
async function retire(accounts: DemoDeps['accounts'], system: Actor, made: readonly DemoAccount[]): Promise<void> {
  const leaver = made.find((one) => one.username === FORMER_PEOPLE[0]?.username);
  if (leaver !== undefined) await accounts.personLeaves(system, { personId: leaver.personId });
  await accounts.disableSleepers({ requestId: system.requestId });
}

/**
 * Year by year, as if the archive had been at work all the time: the catalogue says when a record came in, a year's
 * batches are handed over and confirmed at its end. The audit log says the truth: it all happened today.
 */
async function takeYears(deps: RecordsDeps, [one, other]: [Actor, Actor], all: readonly DemoRecord[], input: DemoInput): Promise<Taken[]> {
  const years = Map.groupBy(all, ({ archivedAt }) => archivedAt.getUTCFullYear());
  const taken: Taken[] = [];
  for (const year of [...years.keys()].sort((a, b) => a - b)) {
    await takeIn(deps, one, years.get(year) ?? [], taken, () => input.onProgress?.(taken.length, all.length));
    const end = new Date(Date.UTC(year + 1, 0, 4, 2));
    if (end < deps.now()) await handOver({ ...deps, now: () => end }, one, other);
  }
  return taken;
}

async function takeIn(deps: RecordsDeps, clerk: Actor, year: readonly DemoRecord[], taken: Taken[], onProgress: () => void): Promise<void> {
  const left = [...year].sort((a, b) => a.archivedAt.getTime() - b.archivedAt.getTime()).values();
  const worker = async (): Promise<void> => {
    for (const record of left) {
      const then = { ...deps, now: () => record.archivedAt };
      taken.push({ record, captured: await capture(then, clerk, { draft: record.draft, files: handed(record.files) }) });
      onProgress();
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
}

async function* handed(files: readonly DemoFile[]): AsyncGenerator<CaptureFile> {
  for (const { name, type, make } of files) {
    const made = await make();
    yield { name, declaredType: type, body: made instanceof Readable ? made : Readable.from([made]), size: made instanceof Readable ? null : made.length };
  }
}

/** The manager confirms every other longer term that was asked for; the rest still waits for a decision. */
async function confirmTerms(deps: RecordsDeps, manager: Actor, taken: readonly Taken[]): Promise<void> {
  const asked = taken.filter(({ record, captured }) => record.draft.specialTerm !== undefined && captured.state === 'archived');
  for (const [i, { captured }] of asked.entries()) if (i % 2 === 0) await confirmTerm(deps, manager, { recordId: captured.id, confirm: true });
}

async function sendOneBack(deps: RecordsDeps, clerk: Actor, taken: readonly Taken[]): Promise<void> {
  const one = taken.find(({ captured }) => captured.state === 'received');
  if (one) await sendBack(deps, clerk, { recordId: one.captured.id, reason: sendBackReason });
}

/** Batches in which nothing waits are handed over by one clerk and confirmed by the other. */
async function handOver(deps: RecordsDeps, one: Actor, other: Actor): Promise<void> {
  const { items } = await listIntakeBatches(deps, one);
  for (const batch of items.filter(({ state, waiting, sentBack, total }) => state === 'open' && waiting + sentBack === 0 && total > 0)) {
    await moveBatch(deps, one, { batchId: batch.id, step: 'hand_over' });
    await moveBatch(deps, other, { batchId: batch.id, step: 'confirm' });
  }
}

/** Some readings of the agent's own department, handed back with their results. */
async function read(deps: RecordsDeps, agent: Actor, taken: readonly Taken[]): Promise<void> {
  const own = taken.filter(
    ({ record: { draft }, captured }) => captured.state === 'archived' && draft.department === agent.department && draft.sensitivity === undefined,
  );
  for (const [i, { captured }] of own.slice(-readingNotes.length).entries()) {
    const { note, result } = readingNotes[i] ?? { note: '', result: 'not_needed' as const };
    const reading = await openReading(deps, agent, { recordId: captured.id, purpose: 'solve', note, ticket: `GD-${String(7001 + i * 3)}` });
    await returnReading(deps, agent, { readingId: reading.id, result });
  }
}

/** What is archived, oldest first: records came in side by side, in no order. */
function shelfOf(taken: readonly Taken[]): Shelved[] {
  const shelved = taken.filter(({ captured }) => captured.state === 'archived').map(({ record, captured }) => ({ record, id: captured.id }));
  return shelved.sort(
    (a, b) => a.record.draft.closedAt.localeCompare(b.record.draft.closedAt) || a.record.draft.serviceNo.localeCompare(b.record.draft.serviceNo),
  );
}
