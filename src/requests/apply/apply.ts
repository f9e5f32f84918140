import type { RequestKind, RoutingRule } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { checkDisclosure, type Disclosure } from '../../classification/index.js';
import { newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { dayEnd, dayStart } from '../../records/index.js';
import type { RequestsDeps } from '../deps.js';
import { stepTimes } from '../flow/clock.js';
import { begin } from '../flow/machine.js';
import { planRoute, stepWithoutApprover, type PlannedStep } from '../flow/route.js';
import { candidatesFor } from '../people.js';
import { onRequest } from '../refusal.js';
import { sealJson, sealText } from '../seals.js';
import { FORM_ACTS, REQUEST_LIMITS } from '../values.js';
import { requestInput, type ParsedRequest, type RequestInput } from './input.js';
import { digestOf, materialise, type Materialised } from './materialise.js';
import { stagePapers, type PaperFile, type StagedPaper } from './papers.js';
import { insertPapers, insertRecords, insertRequest, insertSteps, nextNumber, waitingOf } from './store.js';

const DAY = 86_400_000;

export interface Applied {
  id: string;
  number: string;
  /** `refused` at once where a step has nobody to decide it. */
  state: 'submitted' | 'refused';
}

/**
 * Applies for reading 申请查阅 (R42). What is named is put down as it is now and counted; its digest is what the approvers
 * decide on. A purpose that a type does not allow is refused (R94), also where no role could ever read for it; for somebody
 * outside there must be letter, identity and the basis of the disclosure (R103).
 */
export async function applyForReading(
  deps: RequestsDeps,
  actor: Actor,
  input: RequestInput,
  papers: AsyncIterable<PaperFile> | Iterable<PaperFile> = [],
): Promise<Applied> {
  const id = newId();
  return onRequest(deps, actor, { id, step: 'apply' }, async () => {
    await deps.assertOpen();
    const asked = check(requestInput, input);
    const { policy } = deps.access.authorize(actor, asked.outsider === undefined ? 'request.apply' : 'request.apply_outside');
    const { personId, accountId } = actor;
    if (personId === null || accountId === null) throw new CodedError('forbidden', { detail: 'only a person applies' });
    if (!Object.hasOwn(deps.schemes.newest.purposes, asked.purpose)) throw invalidField('purpose', 'unknown_purpose');
    if ((await waitingOf(deps.db, personId)) >= REQUEST_LIMITS.waiting) throw new CodedError('too_many_requests');
    const disclosure = disclosureOf(asked);
    const named = await materialise(deps, actor, asked);
    const kind = kindOf(asked, named.records);
    const rule = deps.rules().requests.get(kind);
    if (rule === undefined) throw new CodedError('policy_invalid', { detail: `nothing says who decides on ${kind} applications` });
    const time = timeOf(deps, asked, rule, named.hidden);
    const staged = asked.outsider === undefined ? [] : await stagePapers(deps, id, papers);
    return submit(deps, actor, { id, personId, accountId, asked, disclosure, named, kind, rule, time, staged, policy });
  });
}

function disclosureOf(asked: ParsedRequest): Disclosure | null {
  if (asked.outsider === undefined) return null;
  const { disclosure, errors } = checkDisclosure(asked.disclosure);
  if (disclosure === null) throw new CodedError('invalid_field', { fields: errors });
  return disclosure;
}

function kindOf(asked: ParsedRequest, records: Materialised['records']): RequestKind {
  if (asked.outsider !== undefined) return 'external';
  return records.some((one) => one.fit === 'fit' && one.sensitivity === 'highly_sensitive') ? 'confidential' : 'internal';
}

/** From the first moment of the first day, or now, to the end of the last; what may not be told to be confidential is cut short without a word. */
function timeOf(deps: RequestsDeps, asked: ParsedRequest, rule: RoutingRule, hidden: boolean): Submission['time'] {
  const now = deps.now();
  const { zone } = deps.settings;
  const first = dayStart(asked.from, zone);
  const endsAt = dayEnd(asked.to, zone);
  if (endsAt <= now) throw invalidField('to', 'too_early');
  const startsAt = first < now ? now : first;
  if (startsAt.getTime() - now.getTime() > REQUEST_LIMITS.ahead * DAY) throw invalidField('from', 'too_late');
  const latest = new Date(startsAt.getTime() + rule.days.longest * DAY);
  const told = hidden && rule.kind === 'confidential' ? (deps.rules().requests.get('internal')?.days.longest ?? rule.days.longest) : rule.days.longest;
  if (endsAt.getTime() - startsAt.getTime() > (told + 1) * DAY) throw invalidField('to', 'too_long', { max: told });
  return { startsAt, endsAt, leftTo: rule.days.longest < told && endsAt > latest ? latest : endsAt };
}

interface Submission {
  id: string;
  personId: string;
  accountId: string;
  asked: ParsedRequest;
  disclosure: Disclosure | null;
  named: Materialised;
  kind: RequestKind;
  rule: RoutingRule;
  /** As it was asked for, and what of it can be granted at most. */
  time: { startsAt: Date; endsAt: Date; leftTo: Date };
  staged: readonly StagedPaper[];
  policy: string;
}

const routeOf = (rule: RoutingRule, actor: Actor, records: Materialised['records']): PlannedStep[] =>
  planRoute(rule, { own: actor.department, departments: records.filter((one) => one.fit === 'fit').map((one) => one.department) });

/**
 * The step for which the application is refused at once, because nobody could decide it. Where it names what the applicant
 * may not find, only the way that he could foresee is looked at: an answer on the spot would tell that something is there.
 */
async function stepWithoutAnybody(deps: RequestsDeps, actor: Actor, one: Submission, planned: readonly PlannedStep[]): Promise<PlannedStep | null> {
  const listed = one.named.records.filter((record) => record.listed);
  const foreseen = one.named.hidden ? deps.rules().requests.get(kindOf(one.asked, listed)) : undefined;
  const steps = foreseen === undefined ? planned : routeOf(foreseen, actor, listed);
  return stepWithoutApprover(steps, await candidatesFor(deps, steps), one.personId);
}

async function submit(deps: RequestsDeps, actor: Actor, one: Submission): Promise<Applied> {
  const { id, personId, asked, named, kind, rule, disclosure } = one;
  const planned = routeOf(rule, actor, named.records);
  const nobody = await stepWithoutAnybody(deps, actor, one, planned);
  const flow = begin(personId, planned);
  const at = deps.now();
  const year = Number(new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: deps.settings.zone }).format(at));
  const state = nobody === null ? 'submitted' : 'refused';
  const digest = digestOf(named.records.map((record) => record.id));
  return deps.db.tx(async (tx) => {
    const number = await nextNumber(tx, year);
    const entry = await deps.audit.append(tx, {
      actor,
      act: nobody === null ? 'request.apply' : 'request.refuse_unanswerable',
      subject: { kind: 'request', id },
      purpose: asked.purpose,
      decision: nobody === null ? 'allow' : 'deny',
      policy: one.policy,
      facts: {
        request: id,
        number,
        kind,
        form: asked.form,
        records: named.records.length,
        steps: planned.length,
        digest,
        ...(nobody ? { step: nobody.rule } : {}),
      },
      side: { reason: asked.reason, ...(asked.ticket === '' ? {} : { ticket: asked.ticket }) },
    });
    await deps.vault.record(
      tx,
      one.staged.map((paper) => paper.staged),
    );
    await insertRequest(tx, {
      id,
      number,
      kind,
      form: asked.form,
      state,
      applicant: personId,
      account: one.accountId,
      department: actor.department,
      purpose: asked.purpose,
      why: sealJson(deps, id, 'why', { reason: asked.reason, ticket: asked.ticket }),
      outsider: asked.outsider === undefined ? null : sealJson(deps, id, 'outsider', asked.outsider),
      named: sealJson(deps, id, 'named', { numbers: asked.numbers, client: asked.client, search: asked.search }),
      namedBy: named.by,
      basis: disclosure?.basis ?? null,
      reference: sealText(deps, id, 'reference', disclosure?.reference ?? ''),
      law: disclosure?.law ?? '',
      assessment: disclosure?.assessment ?? '',
      hidden: named.hidden,
      digest,
      records: named.records.length,
      cut: named.cut,
      acts: FORM_ACTS[asked.form],
      readings: asked.readings ?? null,
      startsAt: one.time.startsAt,
      endsAt: one.time.endsAt,
      leftTo: one.time.leftTo,
      policy: one.policy,
      entry: entry.id,
      at,
    });
    const steps = flow.steps.map((step) => (nobody === null ? step : { ...step, state: 'dropped' }));
    await insertSteps(tx, { id, applicant: personId }, steps, { ...stepTimes(rule.days, at), at });
    await insertRecords(tx, id, named.records);
    await insertPapers(
      tx,
      id,
      one.staged.map((paper) => paper.row),
    );
    return { id, number, state };
  });
}
