import { listRecords, recordFilter, type RecordFilter } from '../../../records/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { paths, recordListPage, type FilterChip } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type RequestContext, type Route } from '../../route.js';
import { departmentsOf, linkTo, pagingOf, rowOf } from './common.js';

/** `type` is the filter's name, `serviceType` the form's. */
const NAMES = ['type', 'clientType', 'sensitivity', 'department', 'year', 'state', 'channel', 'from', 'to', 'client', 'term'] as const;

function chipsOf(ctx: RequestContext, query: RecordFilter, department: (code: string) => string): FilterChip[] {
  const { fields, pages, values } = phrasesFor(ctx.lang);
  const labels: Record<string, string> = {
    ...pages.list.filters,
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
    return [{ label: labels[name] ?? name, value: text, remove: linkTo(paths.records, { ...query, [name]: undefined, after: undefined }) }];
  });
}

/** The catalogue by filters in the address: where counts of other pages lead to. */
export function listPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.records,
      name: 'recordListPage',
      guard: 'record.list',
      query: recordFilter,
      async handler(ctx, { query }) {
        const departments = await departmentsOf(deps, ctx);
        const list = await listRecords(deps.records, ctx.actor, query);
        const { type, clientType, sensitivity, department, year } = query;
        return page(deps, ctx, recordListPage, {
          rows: list.items.map(rowOf),
          paging: pagingOf(paths.records, query, list.items.length, list.next),
          chips: chipsOf(ctx, query, departments.name),
          filters: { values: { type, clientType, sensitivity, department, year: year === undefined ? '' : String(year) }, errors: [] },
          departments: departments.options,
        });
      },
    }),
  ];
}
