import { z } from 'zod';
import {
  countWaiting,
  findRecords,
  countOpenReadings,
  listMyReadings,
  listRecords,
  parseQuery,
  QUERY_LENGTH,
  recordFilter,
  type Found,
  type RecordFilter,
} from '../../../records/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { homePage, paths, searchPage, type FilterChip, type FoundBy, type HomeModel, type SearchModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { departmentsOf, formBody, linkTo, pagingOf, purposeText, rowOf, textOf } from './common.js';

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
    add('special_term', counts.terms, linkTo(paths.search, { term: 'asked' }), false);
    add('lowering', counts.lowerings, paths.lowerings, true);
  }
  if (deps.access.mayEver(actor, 'record.read')) {
    add('readings_open', await countOpenReadings(deps.records, actor), paths.readings, false);
  }
  if (deps.access.mayEver(actor, 'role.confirm')) add('role_to_confirm', (await deps.accounts.listWaitingRoles(actor)).length, paths.people, true);
  if (deps.access.mayEver(actor, 'policy.confirm') || deps.access.mayEver(actor, 'policy.activate')) {
    add('policy_to_confirm', await rulesWaiting(deps, ctx), paths.policies, true);
  }
  return waits;
}

/** Versions of access rules, scheme and schedule whose next step this person may take. */
async function rulesWaiting(deps: HttpDeps, { actor }: RequestContext): Promise<number> {
  const all = [...(await deps.policies.list(actor)), ...(await deps.rules.list(actor))];
  const mine = all.filter(({ state, agreedBy }) =>
    state === 'proposed'
      ? deps.access.mayEver(actor, 'policy.activate')
      : state === 'agreed' && deps.access.mayEver(actor, 'policy.confirm') && agreedBy !== actor.personId,
  );
  return mine.length;
}

const searchQuery = recordFilter.extend({ q: z.string().max(QUERY_LENGTH, 'too_long').optional() });
type SearchQuery = z.infer<typeof searchQuery>;

/** `type` is the filter's name, `serviceType` the form's. */
const NAMES = ['type', 'clientType', 'sensitivity', 'department', 'year', 'state', 'channel', 'from', 'to', 'client', 'term'] as const;

function chipsOf(ctx: RequestContext, query: SearchQuery, department: (code: string) => string): FilterChip[] {
  const { fields, pages, values } = phrasesFor(ctx.lang);
  const labels: Record<string, string> = {
    ...pages.search.filters,
    type: fields.serviceType,
    channel: fields.channel,
    from: fields.closedAt,
    to: fields.closedAt,
    client: fields['client.number'],
    term: fields['specialTerm.reason'],
  };
  const texts: Record<string, Record<string, string>> = {
    type: values.serviceType,
    clientType: values.clientType,
    sensitivity: values.sensitivity,
    state: values.recordState,
    channel: values.channel,
    term: values.specialTerm,
  };
  return NAMES.flatMap((name) => {
    const value = query[name];
    if (value === undefined) return [];
    const text = name === 'department' ? department(String(value)) : (texts[name]?.[String(value)] ?? String(value));
    return [{ label: labels[name] ?? name, value: text, remove: linkTo(paths.search, { ...query, [name]: undefined, after: undefined }) }];
  });
}

const WAYS: Record<string, FoundBy> = { serviceNo: 'serviceNo', archivalCode: 'archivalCode', clientNumber: 'clientNumber', phone: 'phone', day: 'date' };

async function searchModel(deps: HttpDeps, ctx: RequestContext, query: SearchQuery, found: Found | null): Promise<SearchModel> {
  const departments = await departmentsOf(deps, ctx);
  const { q, ...filter } = query;
  const filtered = NAMES.some((name) => filter[name] !== undefined);
  const list = found ?? (filtered ? await listRecords(deps.records, ctx.actor, filter as RecordFilter) : { items: [], next: null });
  const carry: Record<string, string> = {};
  return {
    query: q ?? '',
    carry,
    foundBy: found === null ? [] : [...new Set(found.items.map((one) => WAYS[one.by] ?? 'text'))],
    rows: list.items.map(rowOf),
    paging: pagingOf(paths.search, query, list.items.length, list.next),
    chips: chipsOf(ctx, query, departments.name),
    ...(filtered ? { clear: linkTo(paths.search, { q }) } : {}),
    filters: {
      values: {
        type: filter.type,
        clientType: filter.clientType,
        sensitivity: filter.sensitivity,
        department: filter.department,
        year: filter.year === undefined ? '' : String(filter.year),
      },
      errors: [],
    },
    departments: departments.options,
    maySave: false,
  };
}

/** Searching by what was typed; a phone number is answered at once, so that it never stands in an address. */
async function searchTyped(deps: HttpDeps, ctx: RequestContext, typed: string): Promise<Reply> {
  const understood = parseQuery(typed);
  if (understood.kind === 'day') return { redirect: linkTo(paths.search, { from: understood.from, to: understood.to }) };
  if (understood.kind === 'empty') return { redirect: paths.search };
  const found = await findRecords(deps.records, ctx.actor, typed);
  const [first] = found.items;
  if (first !== undefined && found.items.length === 1) return { redirect: paths.record(first.id) };
  const masked = understood.phone === undefined ? typed : `${typed.slice(0, 3)}****${typed.slice(-4)}`;
  const model = await searchModel(deps, ctx, { q: masked }, found);
  return page(deps, ctx, searchPage, model, { query: masked });
}

/** Home, and finding. */
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
          waits: await waitsOf(deps, ctx),
          recent: await recentOf(deps, ctx),
          saved: null,
        });
      },
    }),
    definePage({
      method: 'post',
      path: paths.search,
      name: 'searchForm',
      guard: 'record.list',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => searchTyped(deps, ctx, textOf(body, 'q').slice(0, QUERY_LENGTH)),
    }),
    definePage({
      method: 'get',
      path: paths.search,
      name: 'searchPage',
      guard: 'record.list',
      query: searchQuery,
      async handler(ctx, { query }) {
        const { q, ...filter } = query;
        const found = q === undefined || NAMES.some((name) => filter[name] !== undefined) ? null : await findRecords(deps.records, ctx.actor, q, query.after);
        return page(deps, ctx, searchPage, await searchModel(deps, ctx, query, found), q === undefined ? {} : { query: q });
      },
    }),
  ];
}
