import { emergenciesToReview, standingWaits } from '../../../access/index.js';
import { appraisalsToSign, logsWaiting, registersWaiting } from '../../../disposition/index.js';
import { holdNotices, holdsWaiting } from '../../../disposition/index.js';
import { correctionsWaiting, countOpenReadings, countWaiting, listMyReadings } from '../../../records/index.js';
import { listNotices, requestCounts } from '../../../requests/index.js';
import { caseCounts, countMissing, samplesToMark } from '../../../reports/index.js';
import { evidenceToDecide } from '../../../evidence/index.js';
import { listSaved } from '../../../search/index.js';
import { findPath, homePage, paths, type HomeModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { linkTo, purposeText } from './common.js';
import { changesToSee } from './changes.js';
import { isSealed } from './search-ask.js';

const RECENT = 8;

/** The records one read last, each once. */
async function recentOf(deps: HttpDeps, ctx: RequestContext): Promise<HomeModel['recent']> {
  if (!deps.access.mayEver(ctx.actor, 'record.read')) return null;
  const { items } = await listMyReadings(deps.records, ctx.actor);
  const seen = new Set<string>();
  return items
    .filter((one) => !seen.has(one.recordId) && seen.add(one.recordId))
    .slice(0, RECENT)
    .map((one) => ({
      id: one.recordId,
      title: one.title,
      code: one.archivalCode ?? '',
      state: one.recordState,
      readAt: one.openedAt,
      purpose: purposeText(deps, ctx, one.purpose),
    }));
}

async function waitsOf(deps: HttpDeps, ctx: RequestContext): Promise<HomeModel['waits']> {
  const { actor } = ctx;
  const waits: HomeModel['waits'][number][] = [];
  const add = (kind: HomeModel['waits'][number]['kind'], count: number, href: string, urgent: boolean): void => {
    if (count > 0) waits.push({ kind, count, href, urgent });
  };
  if (deps.access.mayEver(actor, 'record.arrange') || deps.access.mayEver(actor, 'record.capture')) {
    const counts = await countWaiting(deps.records, actor);
    if (deps.access.mayEver(actor, 'record.arrange')) add('arrange', counts.received, paths.arrange, true);
    add('sent_back', counts.mine, paths.sentBack, true);
    add('special_term', counts.terms, linkTo(paths.records, { term: 'asked' }), false);
    add('lowering', counts.lowerings, paths.lowerings, true);
  }
  if (deps.access.mayEver(actor, 'record.read')) {
    add('readings_open', await countOpenReadings(deps.records, actor), paths.readings, false);
  }
  add('change_to_see', await changesToSee(deps, ctx), paths.changes, true);
  if (deps.access.mayNow(actor, 'role.confirm'))
    add('role_to_confirm', (await deps.accounts.listWaitingRoles(actor)).filter((one) => one.seen).length, paths.people, true);
  if (deps.access.mayEver(actor, 'policy.confirm') || deps.access.mayEver(actor, 'policy.activate')) {
    add('policy_to_confirm', await rulesWaiting(deps, ctx), paths.policies, true);
  }
  if (deps.access.mayEver(actor, 'request.own')) {
    const { toDecide, overdue } = await requestCounts(deps.requests, actor);
    add('request_decide', toDecide, paths.requestQueue, true);
    add('request_overdue', overdue, paths.requests, true);
  }
  add('correction', await correctionsWaiting(deps.records, actor), paths.corrections, true);
  const standing = await standingWaits(deps, actor);
  add('standing_decide', standing.decide, `${paths.standing}?which=waiting`, true);
  add('standing_ending', standing.ending, paths.standing, false);
  const holds = await holdsWaiting(deps.holds, actor);
  add('hold_proposed', holds.proposals, linkTo(paths.holds, { state: 'proposed' }), true);
  add('hold_lift', holds.lifts, linkTo(paths.holds, { state: 'lifting' }), true);
  add('hold_review', holds.reviews, linkTo(paths.holds, { state: 'open' }), true);
  const review = await emergenciesToReview(deps, actor);
  add('emergency_review', review.waiting, paths.emergencies, review.overdue === 0);
  add('emergency_overdue', review.overdue, paths.emergencies, true);
  if (deps.access.mayEver(actor, 'case.work')) {
    const cases = await caseCounts(deps.reports, actor);
    add('case_open', cases.open, linkTo(paths.cases, { state: 'open' }), true);
    add('case_mine', cases.mine, linkTo(paths.cases, { mine: '1' }), false);
  }
  if (deps.access.mayEver(actor, 'sample.mark')) add('sample_mark', await samplesToMark(deps.reports, actor), linkTo(paths.samples, { state: 'open' }), false);
  if (deps.access.mayNow(actor, 'appraisal.sign')) add('appraisal_sign', (await appraisalsToSign(deps.disposition, actor)).length, paths.appraisals, true);
  if (deps.access.mayEver(actor, 'destruction.view')) {
    const waiting = await registersWaiting(deps.disposition, actor);
    for (const what of ['approve', 'appoint', 'check', 'execute', 'witness', 'submit'] as const)
      add(`destruction_${what}`, waiting.filter((one) => one.what === what).length, paths.registersWaiting, what !== 'submit');
    const logs = await logsWaiting(deps.logTerms, actor);
    add('log_due', logs.due, paths.logTerms, false);
    add('log_register', logs.registers, paths.logTerms, true);
  }
  if (deps.access.mayEver(actor, 'audit.verify') && (await deps.logRuns.faulty())) add('log_faulty', 1, `${paths.auditState}#found`, true);
  if (deps.access.mayNow(actor, 'evidence.approve'))
    add('evidence_decide', await evidenceToDecide(deps.evidence, actor), linkTo(paths.evidence, { state: 'waiting' }), true);
  if (deps.access.mayEver(actor, 'storage.check')) {
    const alarm = await deps.checks.alarm();
    if (alarm) add('integrity_alarm', 1, paths.archiveCheck(alarm.id), true);
    add('unlogged_reads', await deps.checks.unlogged(), paths.archiveChecks, true);
  }
  if (deps.access.mayEver(actor, 'report.compliance')) add('report_missing', await countMissing(deps.reports, actor), paths.compliance, false);
  return waits;
}

/** Versions of access rules, scheme and schedule whose next step this person may take. */
async function rulesWaiting(deps: HttpDeps, { actor }: RequestContext): Promise<number> {
  const all = [...(await deps.policies.list(actor)), ...(await deps.rules.list(actor))];
  const mine = all.filter(({ state, agreedBy, seen }) =>
    state === 'proposed'
      ? deps.access.mayEver(actor, 'policy.activate')
      : state === 'agreed' && seen && deps.access.mayEver(actor, 'policy.confirm') && agreedBy !== actor.personId,
  );
  return mine.length;
}

/** Own saved searches; one with personal data is reached by its id. */
async function savedOf(deps: HttpDeps, ctx: RequestContext): Promise<HomeModel['saved']> {
  if (!deps.access.mayEver(ctx.actor, 'record.list')) return null;
  const saved = await listSaved(deps.search, ctx.actor);
  return saved.slice(0, RECENT).map(({ id, name, q, sort }) => ({ name, href: isSealed(q) ? paths.savedSearch(id) : findPath({ q, sort }) }));
}

/** Home. */
export function homePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.home,
      name: 'homePage',
      guard: 'signed-in',
      async handler(ctx) {
        const who = await deps.accounts.whoIs(ctx.actor);
        const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone: deps.config.timeZone }).format(deps.now()));
        return page(deps, ctx, homePage, {
          name: who.name === '' ? who.username : who.name,
          hour,
          mayFind: deps.access.mayEver(ctx.actor, 'record.list'),
          notices: deps.access.mayEver(ctx.actor, 'request.own') ? await listNotices(deps.requests, ctx.actor) : [],
          holdNotices: await holdNotices(deps.holds, ctx.actor),
          waits: await waitsOf(deps, ctx),
          recent: await recentOf(deps, ctx),
          saved: await savedOf(deps, ctx),
        });
      },
    }),
  ];
}
