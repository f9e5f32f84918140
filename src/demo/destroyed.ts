import { systemActor, type Actor } from '../audit/index.js';
import {
  answerRegister,
  appointFor,
  begin,
  carry,
  checkRegister,
  createAppraisal,
  createErasure,
  createRegister,
  freezeRegister,
  proposeFor,
  sealReports,
  signAppraisal,
  submitRegister,
  submitToGroup,
  sweepDue,
  viewDestruction,
  viewRegister,
  witness,
  type DispositionDeps,
  type DueDeps,
  type ExecutionDeps,
} from '../disposition/index.js';
import {
  answerRequest,
  closeRequest,
  decideRequest,
  examineRequest,
  identifyRequest,
  makeLetter,
  registerRequest,
  viewRequest,
  type PrivacyDeps,
} from '../privacy/index.js';
import { capture, type RecordDraft, type RecordsDeps } from '../records/index.js';
import { formerClient, formerRecords, surveys } from './former.js';
import { destroyedWords as words } from './words.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Who takes part in what was destroyed before: each another person. */
export interface PastCast {
  clerk: Actor;
  /** Another clerk. */
  executor: Actor;
  manager: Actor;
  head: Actor;
  executive: Actor;
  legal: Actor;
  officer: Actor;
}

export interface PastStage {
  now: () => Date;
  /** The archive's records as they were taken in at a time, and what that holds open. */
  at(now: () => Date): { records: RecordsDeps; close(): Promise<void> };
  due: DueDeps;
  disposition: DispositionDeps;
  execution: ExecutionDeps;
  privacy: PrivacyDeps;
  cast: PastCast;
  /** Has the index follow the catalogue: nobody keeps it yet. */
  follow(): Promise<unknown>;
}

export interface Destroyed {
  records: number;
  /** Of them, those that are gone to the last copy; where the store keeps its own locks, they go a day later by themselves. */
  gone: number;
}

/**
 * What an archive of some years has behind it, told before anything else: a few records of years ago whose term was over, appraised,
 * approved, destroyed and certified; and a client who asked for erasure, whose two surveys law did not bind any longer, with the letter
 * that tells him. It all goes through the real use-cases, under the demo's own clock: pauses and locks have passed in it.
 */
export async function tellDestroyed(stage: PastStage): Promise<Destroyed> {
  const now = stage.now();
  const old = await takeIn(stage, formerRecords(now));
  const asked = await takeIn(stage, surveys(now));
  const execution: ExecutionDeps = {
    ...stage.execution,
    index: {
      ...stage.execution.index,
      async waiting(records) {
        await stage.follow();
        return stage.execution.index.waiting(records);
      },
    },
  };
  const told = { ...stage, execution };
  const gone = (await destroyDue(told, old, ago(now, 400))) + (await eraseAtRequest(told, asked.length, ago(now, 40)));
  return { records: old.length + asked.length, gone };
}

/** Ten in the morning in Shanghai, so many days ago. */
const ago = (now: Date, days: number): Date => new Date(Math.floor((now.getTime() - days * DAY + 8 * HOUR) / DAY) * DAY + 2 * HOUR);

async function takeIn({ at, cast }: PastStage, drafts: readonly RecordDraft[]): Promise<string[]> {
  const taken: string[] = [];
  for (const draft of drafts) {
    // the store of that time: locked from then on, like everything that comes in
    const then = at(() => new Date(Date.parse(draft.closedAt) + HOUR));
    try {
      taken.push((await capture(then.records, cast.clerk, { draft, files: [] })).id);
    } finally {
      await then.close();
    }
  }
  return taken;
}

/** The same deps at another time, so many days later. */
const later = <T extends { now: () => Date }>(deps: T, from: Date, days = 0): T => ({ ...deps, now: () => new Date(from.getTime() + days * DAY) });

/** Records whose term was over: appraised by their group, registered, approved, carried out and witnessed. */
async function destroyDue(stage: PastStage, records: readonly string[], from: Date): Promise<number> {
  const { clerk, head, legal, officer } = stage.cast;
  await sweepDue(later(stage.due, from), systemActor());
  const deps = later(stage.disposition, from);
  const { id: appraisalId } = await createAppraisal(deps, clerk, { department: 'hotline', records: [...records] });
  await proposeFor(deps, clerk, { appraisalId, which: {}, proposal: 'destroy', reason: words.ground });
  const { digest } = await submitToGroup(deps, clerk, appraisalId);
  for (const who of [clerk, head]) await signAppraisal(deps, who, { appraisalId, digest, agree: true });
  await sealReports(deps, systemActor());
  const { id, number } = await createRegister(deps, clerk, { appraisals: [appraisalId], place: words.place });
  return carryOut(stage, from, { id, number, supervisors: [legal, officer], approvers: [stage.cast.manager] });
}

interface Listed {
  id: string;
  number: string;
  approvers: readonly Actor[];
  supervisors: readonly Actor[];
}

/** A draft of a register, all the way to its certificate; how many of its records are gone to the last copy. */
async function carryOut(stage: PastStage, from: Date, { id, number, approvers, supervisors }: Listed): Promise<number> {
  const { clerk, executor, manager } = stage.cast;
  const deps = later(stage.disposition, from);
  await freezeRegister(deps, clerk, id);
  await submitRegister(deps, clerk, id);
  const digest = (await viewRegister(deps, manager, id)).digest ?? '';
  for (const [step, who] of approvers.entries()) await answerRegister(deps, who, { registerId: id, step, digest, agree: true, reason: words.approve });
  await appointFor(deps, manager, { registerId: id, office: 'executor', personId: executor.personId ?? '' });
  for (const who of supervisors) await appointFor(deps, manager, { registerId: id, office: 'supervisor', personId: who.personId ?? '' });
  for (const who of supervisors) await checkRegister(deps, who, { registerId: id, digest });
  const pause = stage.disposition.dispositionRules().pause_days + 1;
  const execution = later(stage.execution, from, pause);
  await begin(execution, executor, { register: id, number });
  // what does not come to its end goes on with the archive's own work
  if ((await carry(execution, id)).state !== 'executed') return 0;
  for (const who of supervisors) await witness(execution, who, id);
  const { state, items } = await viewDestruction(execution, manager, id);
  return state === 'closed' ? items : 0;
}

/** A client's request for erasure before term (PIPL 47), from his mail to the letter that says when it was done and under which certificate. */
async function eraseAtRequest(stage: PastStage, marked: number, from: Date): Promise<number> {
  const { clerk, executor, manager, head, executive, legal, officer } = stage.cast;
  const privacy = later(stage.privacy, from);
  const { id } = await registerRequest(privacy, executor, { kind: 'erasure', channel: 'email', client: formerClient.number, ...words.request });
  await identifyRequest(privacy, executor, { id, method: 'call_back', note: words.identified });
  await examineRequest(privacy, executor, { id, note: words.examined });
  await decideRequest(privacy, officer, { id, outcome: 'fulfil', reason: words.decided });
  const register = await createErasure(later(stage.disposition, from), clerk, { requestId: id, place: words.place });
  await makeLetter(privacy, executor, { id, kind: 'fulfilment', lang: 'zh' });
  await answerRequest(privacy, executor, { id, note: words.answered });
  const gone = await carryOut(stage, from, { ...register, approvers: [legal, manager], supervisors: [head, executive] });
  const told = later(stage.privacy, from, stage.disposition.dispositionRules().pause_days + 2);
  if ((await viewRequest(told, officer, id)).erasures.destroyed < marked) return gone;
  await makeLetter(told, executor, { id, kind: 'erased', lang: 'zh' });
  await closeRequest(told, executor, { id, note: words.told });
  return gone;
}
