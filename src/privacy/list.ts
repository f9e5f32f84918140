import type { Actor } from '../audit/index.js';
import { openField } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { listCorrections, listRestrictions, MAX_PAGE_SIZE, PAGE_SIZE, type Correction, type Page, type Restriction } from '../records/index.js';
import { cursorOf, readCursor } from './cursor.js';
import { daysUntil, dueDay } from './deadlines.js';
import type { PrivacyDeps } from './deps.js';
import { onRequest } from './refusal.js';
import { erasuresOf, registersOf, type Erasures, type ErasureRegister } from './erasure-store.js';
import { missingBeforeAnswer, missingBeforeClose, openSteps, outcomesOf } from './steps.js';
import {
  doneFor,
  erasureFinding,
  lettersOf,
  pageOfRequests,
  requestById,
  requestCounts,
  stepsOf,
  type ErasureFinding,
  type LetterRow,
  type RequestRow,
} from './store.js';
import { noteContext, numberOf, openAsked } from './texts.js';
import type { Outcome, PrivacyKind, PrivacyState, PrivacyStep } from './values.js';
import { today } from './work.js';

export interface PrivacyRequest {
  id: string;
  number: string;
  kind: PrivacyKind;
  channel: string;
  client: string;
  state: PrivacyState;
  receivedAt: string;
  /** The day the answer is due, with its extension. */
  due: string;
  extended: boolean;
  /** Calendar days left; negative = overdue. `null` once answered. */
  left: number | null;
  outcome: Outcome | null;
  registeredBy: string;
  decidedBy: string | null;
  answeredAt: string | null;
  closedAt: string | null;
}

function show(deps: PrivacyDeps): (row: RequestRow) => PrivacyRequest {
  const day = today(deps);
  return (row) => {
    const due = row.extended_to ?? row.due;
    return {
      id: row.id,
      number: numberOf(row),
      kind: row.kind,
      channel: row.channel,
      client: row.client_number,
      state: row.state,
      receivedAt: row.received_at.toISOString(),
      due,
      extended: row.extended_to !== null,
      left: row.answered_at === null ? daysUntil(day, due) : null,
      outcome: row.outcome,
      registeredBy: row.registered_by,
      decidedBy: row.decided_by,
      answeredAt: row.answered_at?.toISOString() ?? null,
      closedAt: row.closed_at?.toISOString() ?? null,
    };
  };
}

/** Whoever works on requests, or decides on them, sees the register. */
export function mayLook(deps: PrivacyDeps, actor: Actor): void {
  deps.access.authorize(actor, 'privacy.view');
}

export interface ListFilter {
  state?: PrivacyState | undefined;
  kind?: PrivacyKind | undefined;
  client?: string | undefined;
  overdue?: boolean | undefined;
  open?: boolean | undefined;
}

/** The register of requests, newest receipt first; one entry a list. */
export async function listRequests(deps: PrivacyDeps, actor: Actor, filter: ListFilter = {}, after?: string, limit = PAGE_SIZE): Promise<Page<PrivacyRequest>> {
  return onRequest(deps, actor, { step: 'list', id: null }, async () => {
    mayLook(deps, actor);
    const size = Math.min(limit, MAX_PAGE_SIZE);
    const { state, kind, client, open } = filter;
    const rows = await pageOfRequests(deps.db, { state, kind, client, open, overdueOn: filter.overdue ? today(deps) : undefined }, readCursor(after), size + 1);
    const items = rows.slice(0, size).map(show(deps));
    const last = rows[size - 1];
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'privacy.list',
        subject: { kind: 'list', id: 'privacy' },
        decision: 'allow',
        policy: deps.access.version(),
        facts: { shown: items.length },
      }),
    );
    return { items, next: rows.length > size && last ? cursorOf(last.received_at, last.id) : null };
  });
}

/** What waits: overdue, due within the rules' days of reminding, to be decided by this person. */
export async function requestsWaiting(deps: PrivacyDeps, actor: Actor): Promise<{ overdue: number; soon: number; decide: number }> {
  const works = deps.access.decide(actor, 'privacy.register').allow;
  const decides = deps.access.decide(actor, 'privacy.decide').allow;
  if (!works && !decides) return { overdue: 0, soon: 0, decide: 0 };
  const day = today(deps);
  const { newest } = deps.policies;
  const counts = await requestCounts(deps.db, day, dueDay(day, { days: newest.remind, unit: 'days' }, deps.calendar()), actor.personId);
  return { overdue: counts.overdue, soon: counts.soon, decide: decides ? counts.decide : 0 };
}

export interface RequestView extends PrivacyRequest {
  asked: string;
  name: string;
  contact: string;
  /** Version of the rules it is under. */
  policy: string;
  twoPersons: boolean;
  identityMethod: string | null;
  ground: { id: string; zh: string; en: string; law: { zh: string; en: string } } | null;
  steps: { step: PrivacyStep; at: string; by: string; note: string; facts: Record<string, string | number | boolean | null> }[];
  letters: LetterRow[];
  restrictions: Restriction[];
  corrections: Correction[];
  /** What stands against an erasure today; `null` for other kinds, and once it is closed. */
  finding: ErasureFinding | null;
  /** Records marked for destruction, and what became of them: an open item that only destruction settles. */
  erasures: Erasures;
  /** The destruction registers that carry it out, or came to nothing. */
  registers: ErasureRegister[];
  /** What must still be done before it may be answered, or closed. */
  missing: string[];
  openSteps: PrivacyStep[];
  outcomes: readonly Outcome[];
  /** `binds`: it may stand against erasing what was marked. */
  grounds: { id: string; zh: string; en: string; outcomes: readonly Outcome[]; binds: boolean }[];
  /** Whether the viewer may decide: by role, and as another person. */
  mayDecide: boolean;
  mayWork: boolean;
}

/** One request with everything that happened to it. */
export async function viewRequest(deps: PrivacyDeps, actor: Actor, id: string): Promise<RequestView> {
  return onRequest(deps, actor, { step: 'view', id }, async () => {
    mayLook(deps, actor);
    const row = await requestById(deps.db, id);
    if (!row) throw new CodedError('not_found');
    await deps.db.tx((tx) =>
      deps.audit.append(tx, {
        actor,
        act: 'privacy.view',
        subject: { kind: 'privacyRequest', id },
        decision: 'allow',
        policy: deps.access.version(),
      }),
    );
    const policy = deps.policies.get(row.policy);
    const erasures = await erasuresOf(deps.db, id, today(deps));
    const registers = row.kind === 'erasure' ? await registersOf(deps.db, id) : [];
    const done = { ...(await doneFor(deps.db, id)), ...erasures };
    const secret = deps.keystore.secret('catalogue');
    const ground = row.ground === null ? undefined : policy.grounds[row.ground];
    const may = (act: 'privacy.decide' | 'privacy.register') => deps.access.decide(actor, act).allow;
    return {
      ...show(deps)(row),
      ...openAsked(deps, id, row.asked_sealed),
      policy: row.policy,
      twoPersons: row.two_persons,
      identityMethod: row.identity_method,
      ground: ground && row.ground !== null ? { id: row.ground, ...ground.title, law: ground.law } : null,
      steps: (await stepsOf(deps.db, id)).map((one) => ({
        step: one.step,
        at: one.at.toISOString(),
        by: one.by_person,
        note: one.note_sealed === null ? '' : openField(secret, noteContext(id), one.note_sealed),
        facts: one.facts,
      })),
      letters: await lettersOf(deps.db, id),
      restrictions: may('privacy.decide') ? (await listRestrictions(deps, actor, { requestId: id })).items : [],
      corrections: deps.access.mayEver(actor, 'record.correct') ? (await listCorrections(deps, actor, { requestId: id })).items : [],
      // of what was carried out there is nothing left to find
      finding: row.kind === 'erasure' && row.state !== 'closed' ? await erasureFinding(deps.db, row.client_number, today(deps)) : null,
      erasures,
      registers,
      missing:
        row.state === 'decided' && row.outcome !== null
          ? missingBeforeAnswer(row.kind, row.outcome, done)
          : row.state === 'answered'
            ? missingBeforeClose({ ...done, uncertified: registers.some((one) => one.executedAt !== null && one.certificate === null) })
            : [],
      openSteps: openSteps({ state: row.state, extended: row.extended_to !== null, bindable: erasures.bindable }),
      outcomes: outcomesOf(row.kind),
      grounds: Object.entries(policy.grounds).map(([key, one]) => ({ id: key, ...one.title, outcomes: one.outcomes, binds: one.restriction !== undefined })),
      mayDecide: may('privacy.decide') && (!row.two_persons || row.registered_by !== actor.personId),
      mayWork: may('privacy.register'),
    };
  });
}
