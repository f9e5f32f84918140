import { z } from 'zod';
import {
  agreeStanding,
  confirmStanding,
  endStandingRule,
  listStandingRules,
  proposeStanding,
  refuseStanding,
  STANDING_COUNTED,
  STANDING_DAYS,
  STANDING_NOTICE_DAYS,
  standingView,
  type Act,
  type StandingInput,
  type StandingRow,
  type StandingView,
  standingDays,
} from '../../../access/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import {
  newStandingPage,
  paths,
  standingPage,
  standingRulePage,
  type FormState,
  type StandingListRow,
  type StandingRuleModel,
  type StandingTab,
  type StandingWords,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { today } from '../../today.js';
import { proposeDeps, readRuleCursor, ruleParams, writeRuleCursor } from '../standing.js';
import { actAt, notTyped, standingAt } from './acts.js';
import { attempt, formBody, listOf, pagingOf, purposeText, refusedForm, textOf, type Form } from './common.js';

const DAY = 86_400_000;

interface Words {
  departments: ReadonlyMap<string, string>;
  persons: ReadonlyMap<string, string>;
}

async function wordsFor(deps: HttpDeps, ctx: RequestContext, rows: readonly StandingRow[]): Promise<Words> {
  const ids = rows.flatMap((row) => [row.proposed_by, row.agreed_by, row.seen_by, row.confirmed_by, row.ended_by]).filter((id) => id !== null);
  return {
    departments: new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names[ctx.lang]])),
    persons: await deps.accounts.namesOfPersons([...new Set(ids)]),
  };
}

function inWords(deps: HttpDeps, ctx: RequestContext, row: StandingRow, { departments }: Words): StandingWords {
  const { pages, values, common } = phrasesFor(ctx.lang);
  const { all, own } = pages.standing;
  const list = (codes: readonly string[], word: (code: string) => string, each: string): string =>
    codes.map((code) => (code === '*' ? each : word(code))).join(common.comma);
  const text = (texts: object, code: string): string => (texts as Record<string, string>)[code] ?? code;
  const department = (code: string): string => (code === 'own' ? own : (departments.get(code) ?? code));
  return {
    readers: list(row.readers, department, all.readers),
    departments: list(row.departments, department, all.departments),
    types: list(row.types, (code) => text(values.serviceType, code), ''),
    sensitivities: list(row.sensitivities, (code) => text(values.sensitivity, code), ''),
    purposes: list(row.purposes, (code) => purposeText(deps, ctx, code), all.purposes),
    states: list(row.states, (code) => text(values.recordState, code), all.states),
    ...standingDays(row),
  };
}

function rowOf(deps: HttpDeps, ctx: RequestContext, row: StandingRow, words: Words): StandingListRow {
  const now = deps.now();
  const soon = row.ends_on.getTime() - now.getTime() <= STANDING_NOTICE_DAYS * DAY;
  return {
    ...inWords(deps, ctx, row, words),
    id: row.id,
    says: ctx.lang === 'zh' ? row.says_zh : row.says_en,
    state: row.state === 'active' ? (row.ends_on <= now ? 'ended' : row.starts_on > now ? 'later' : 'active') : row.state,
    owner: row.proposed_by === null ? null : (words.persons.get(row.proposed_by) ?? ''),
    endsSoon: row.state === 'active' && soon && row.ends_on > now,
  };
}

function stepsOf(row: StandingRow, { persons }: Words): StandingRuleModel['steps'] {
  const name = (id: string | null): string => (id === null ? '' : (persons.get(id) ?? ''));
  const all: { step: StandingRuleModel['steps'][number]['step']; at: Date | null; by: string | null }[] = [
    { step: row.origin === 'bootstrap' ? 'bootstrap' : 'proposed', at: row.proposed_at, by: row.proposed_by },
    { step: 'agreed', at: row.agreed_at, by: row.agreed_by },
    { step: 'seen', at: row.seen_at, by: row.seen_by },
    { step: 'confirmed', at: row.origin === 'bootstrap' ? null : row.activated_at, by: row.confirmed_by },
    { step: row.state === 'refused' ? 'refused' : 'ended', at: row.ended_at, by: row.ended_by },
  ];
  return all
    .flatMap(({ step, at, by }) => (at === null ? [] : [{ step, at: at.toISOString(), by: name(by) }]))
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function mayDo(deps: HttpDeps, ctx: RequestContext, row: StandingView): StandingRuleModel['may'] {
  const may = (act: Act): boolean => deps.access.mayEver(ctx.actor, act);
  const me = ctx.actor.personId;
  const own = row.proposed_by !== null && row.proposed_by === me;
  const waits = row.state === 'proposed' || row.state === 'agreed';
  return {
    agree: row.state === 'proposed' && may('standing.agree') && !own,
    confirm: row.state === 'agreed' && row.seen_at !== null && may('standing.confirm') && ![row.proposed_by, row.agreed_by, row.seen_by].includes(me),
    refuse: waits && !own && (may('standing.agree') || may('standing.confirm')),
    withdraw: waits && own,
    end: row.state === 'active' && may('standing.propose'),
    propose: (row.state === 'active' || row.state === 'ended') && may('standing.propose'),
  };
}

async function oneReply(deps: HttpDeps, ctx: RequestContext, id: string, refused: StandingRuleModel['refused'] = null): Promise<Reply> {
  const row = await standingView(deps, ctx.actor, id);
  const words = await wordsFor(deps, ctx, row.former === null ? [row] : [row, row.former]);
  const waits = row.state === 'proposed' || row.state === 'agreed';
  const next = inWords(deps, ctx, row, words);
  const now = row.former === null ? null : inWords(deps, ctx, row.former, words);
  const fields = ['readers', 'departments', 'types', 'sensitivities', 'purposes', 'states', 'from', 'until'] as const;
  const model: StandingRuleModel = {
    ...rowOf(deps, ctx, row, words),
    endsSoon: row.endsSoon,
    name: row.name,
    digest: row.digest,
    readings: { count: row.readings, more: row.readings >= STANDING_COUNTED },
    steps: stepsOf(row, words),
    unseen: waits && row.seen_at === null,
    changes:
      waits && now !== null ? fields.filter((field) => now[field] !== next[field]).map((field) => ({ field, now: now[field], next: next[field] })) : null,
    may: mayDo(deps, ctx, row),
    refused,
  };
  return page(deps, standingAt(ctx, paths.standingRule(id)), standingRulePage, model, { status: refused === null ? 200 : 422 });
}

const addDays = (day: string, days: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The form as a change of a rule, from today; or as its renewal, for a year from the day after its last. */
function filledFrom(row: StandingRow, today: string, renew: boolean): FormState['values'] {
  const { until: last } = standingDays(row);
  const after = addDays(last, 1);
  const from = renew && after > today ? after : today;
  const furthest = addDays(from, STANDING_DAYS - 1);
  const until = renew || last < from ? addDays(from, 365) : last < furthest ? last : furthest;
  const { name, says_zh, says_en, readers, departments, types, sensitivities, purposes, states } = row;
  return { name, saysZh: says_zh, saysEn: says_en, readers, departments, types, sensitivities, purposes, states, from, until };
}

async function formReply(deps: HttpDeps, ctx: RequestContext, form: FormState, fixedName: boolean, status = 200): Promise<Reply> {
  const open = (await deps.accounts.departmentNames()).map((one) => ({ value: one.code, text: one.names[ctx.lang] }));
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
  return page(
    deps,
    standingAt(ctx, status === 200 ? ctx.url : paths.newStanding),
    newStandingPage,
    { form, fixedName, departments: open, purposes },
    { status },
  );
}

function inputOf(body: Form): StandingInput {
  const list = (name: string) => listOf(body, name);
  return {
    name: textOf(body, 'name'),
    says: { zh: textOf(body, 'saysZh'), en: textOf(body, 'saysEn') },
    readers: list('readers'),
    departments: list('departments'),
    types: list('types') as StandingInput['types'],
    sensitivities: list('sensitivities') as StandingInput['sensitivities'],
    purposes: list('purposes'),
    states: list('states') as StandingInput['states'],
    from: textOf(body, 'from'),
    until: textOf(body, 'until'),
  };
}

/** Standing rules 常设授权, for people. */
export function standingPages(deps: HttpDeps): Route[] {
  const act = (name: string, path: 'agree' | 'refuse', guard: Act, done: string, run: (ctx: RequestContext, id: string) => Promise<void>): Route =>
    definePage({
      method: 'post',
      path: `/standing/:id/${path}`,
      name,
      guard,
      params: ruleParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.standingRule(params.id), done, () => run(ctx, params.id)),
    });
  const typed = (name: string, path: 'confirm' | 'end', guard: Act, done: string, run: (ctx: RequestContext, id: string) => Promise<void>): Route =>
    definePage({
      method: 'post',
      path: `/standing/:id/${path}`,
      name,
      guard,
      params: ruleParams,
      bodyKind: 'form',
      body: formBody,
      handler(ctx, { params, body }) {
        const form = notTyped(body, params.id);
        if (form) return oneReply(deps, ctx, params.id, { act: path, form });
        return actAt(paths.standingRule(params.id), done, () => run(ctx, params.id));
      },
    });
  return [
    definePage({
      method: 'get',
      path: paths.standing,
      name: 'standingPage',
      guard: 'standing.view',
      query: z.strictObject({ which: z.enum(['active', 'waiting', 'over']).default('active'), after: z.string().max(120).optional() }),
      async handler(ctx, { query }) {
        const tab: StandingTab = query.which;
        const { items, next } = await listStandingRules(deps, ctx.actor, { which: tab, after: readRuleCursor(query.after) });
        const words = await wordsFor(deps, ctx, items);
        const rows = items.map((row) => rowOf(deps, ctx, row, words));
        const paging = pagingOf(paths.standing, query, rows.length, writeRuleCursor(next));
        return page(deps, ctx, standingPage, { tab, rows, paging, mayPropose: deps.access.mayEver(ctx.actor, 'standing.propose') });
      },
    }),
    definePage({
      method: 'get',
      path: paths.newStanding,
      name: 'newStandingPage',
      guard: 'standing.propose',
      query: z.strictObject({ from: ruleParams.shape.id.optional(), renew: z.literal('1').optional() }),
      async handler(ctx, { query }) {
        if (query.from === undefined) return formReply(deps, ctx, { values: { from: today(deps), until: addDays(today(deps), 365) }, errors: [] }, false);
        const row = await standingView(deps, ctx.actor, query.from);
        return formReply(deps, ctx, { values: filledFrom(row, today(deps), query.renew === '1'), errors: [] }, true);
      },
    }),
    definePage({
      method: 'post',
      path: paths.newStanding,
      name: 'proposeStandingForm',
      guard: 'standing.propose',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => proposeStanding(proposeDeps(deps), ctx.actor, inputOf(body)));
        if ('done' in tried) return redirectWith(paths.standingRule(tried.done.id), { kind: 'good', code: 'standing_proposed' });
        const { refused } = tried;
        if (refused.code === 'forbidden') throw refused;
        const form = refusedForm(body, refused, { 'says.zh': 'saysZh', 'says.en': 'saysEn' });
        const shown = form.errors.length > 0 ? form : { ...form, errors: [{ field: 'name', code: refused.code }] };
        return formReply(deps, ctx, shown, textOf(body, 'fixed') === '1', refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/standing/:id',
      name: 'standingRulePage',
      guard: 'standing.view',
      params: ruleParams,
      handler: (ctx, { params }) => oneReply(deps, ctx, params.id),
    }),
    act('agreeStandingForm', 'agree', 'standing.agree', 'standing_agreed', (ctx, id) => agreeStanding(deps, ctx.actor, id)),
    act('refuseStandingForm', 'refuse', 'standing.view', 'standing_refused', (ctx, id) => refuseStanding(deps, ctx.actor, id)),
    typed('confirmStandingForm', 'confirm', 'standing.confirm', 'standing_confirmed', (ctx, id) => confirmStanding(deps, ctx.actor, id)),
    typed('endStandingForm', 'end', 'standing.propose', 'standing_ended', (ctx, id) => endStandingRule(deps, ctx.actor, id)),
  ];
}
