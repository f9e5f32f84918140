import { z } from 'zod';
import type { LogFilter } from '../../../audit/index.js';
import { CodedError, invalidField } from '../../../errors/index.js';
import { LANGS, phrasesFor } from '../../../phrases/index.js';
import { findRecords, listRecords } from '../../../records/index.js';
import { instant } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { RequestContext } from '../../route.js';
import { textOf, type Form } from './common.js';

/** People and records that one search may name; more is asked for by fewer words. */
const MANY = 50;
const PEOPLE = 20;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const text = (max: number) => z.string().max(max, 'too_long').optional();
const list = (max: number) =>
  z
    .string()
    .regex(/^[\w-]+(,[\w-]+)*$/, 'invalid')
    .max(max, 'too_long')
    .optional();
const time = z.iso.datetime({ offset: true, error: 'not_a_time' }).optional();

/** The address of a view of the log: pseudonyms and ids, never a name or a client's number. */
export const auditQuery = z.strictObject({
  actors: list(1000),
  records: list(2000),
  reading: z.uuid('not_a_uuid').optional(),
  subject: text(128),
  request: text(64),
  act: text(64),
  purpose: text(40),
  decision: z.enum(['allow', 'deny', 'error']).optional(),
  from: time,
  to: time,
});
export type AuditQuery = z.infer<typeof auditQuery>;

/** What stays in force beside a new search: narrowed down by following links, not typed. */
export const KEPT = ['actors', 'records', 'reading', 'subject', 'request'] as const;

export function filterOf(query: AuditQuery): LogFilter {
  const { actors, records, act, from, to, ...rest } = query;
  return {
    ...rest,
    ...(actors === undefined ? {} : { actors: actors.split(',') }),
    ...(records === undefined ? {} : { records: records.split(',') }),
    ...(act === undefined ? {} : { acts: [act] }),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(to === undefined ? {} : { to: new Date(to) }),
  };
}

/** Whether the viewer may find records by their numbers; the audit administrator may not and searches by id. */
export function findsRecords(deps: HttpDeps, ctx: RequestContext): boolean {
  return deps.access.mayEver(ctx.actor, 'record.list');
}

async function actorsOf(deps: HttpDeps, ctx: RequestContext, who: string): Promise<string> {
  for (const lang of LANGS) {
    const { actors } = phrasesFor(lang).audit;
    if (who === actors.system || who === 'system') return 'system';
    if (who === actors.nobody || who === 'nobody') return 'nobody';
  }
  if ((await deps.accounts.namesOf([who])).size > 0) return who;
  const found = await deps.accounts.listPeople(ctx.actor, { text: who, withLeft: true, limit: PEOPLE });
  if (found.items.length === 0) throw invalidField('who', 'not_known');
  if (found.next !== null) throw invalidField('who', 'too_many', { max: PEOPLE });
  return found.items.map(({ pseudonym }) => pseudonym).join(',');
}

async function recordIds(deps: HttpDeps, ctx: RequestContext, number: string): Promise<string[]> {
  if (UUID.test(number)) return [number.toLowerCase()];
  if (!findsRecords(deps, ctx)) throw invalidField('record', 'not_a_uuid');
  const { items } = await findRecords(deps.records, ctx.actor, number);
  const ids = items.filter(({ by }) => by === 'serviceNo' || by === 'archivalCode').map(({ id }) => id);
  if (ids.length === 0) throw invalidField('record', 'not_known');
  return ids.slice(0, MANY);
}

/** The newest records of a client: the log itself never holds a client's number. */
async function clientRecords(deps: HttpDeps, ctx: RequestContext, client: string): Promise<string[]> {
  if (!findsRecords(deps, ctx)) throw new CodedError('forbidden');
  const { items } = await listRecords(deps.records, ctx.actor, { client, limit: MANY });
  if (items.length === 0) throw invalidField('client', 'not_known');
  return items.map(({ id }) => id);
}

async function recordsOf(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<string | undefined> {
  const record = textOf(body, 'record');
  const client = textOf(body, 'client');
  if (record === '' && client === '') return undefined;
  const ids = record === '' ? null : await recordIds(deps, ctx, record);
  if (client === '') return ids?.join(',');
  const theirs = await clientRecords(deps, ctx, client);
  const both = ids === null ? theirs : ids.filter((id) => theirs.includes(id));
  if (both.length === 0) throw invalidField('record', 'not_known');
  return both.join(',');
}

/** What was typed, as a view with an address: words become ids, local times instants. Throws `invalid_field` beside the field. */
export async function queryOf(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Record<string, string>> {
  const query: Record<string, string> = {};
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') query[name] = value;
  };
  for (const name of KEPT) put(name, textOf(body, name));
  for (const name of ['act', 'purpose', 'decision']) put(name, textOf(body, name));
  for (const name of ['from', 'to']) put(name, instant(textOf(body, name), deps.config.timeZone));
  const who = textOf(body, 'who');
  if (who !== '') put('actors', await actorsOf(deps, ctx, who));
  put('records', await recordsOf(deps, ctx, body));
  return query;
}
