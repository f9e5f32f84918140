import { Readable } from 'node:stream';
import { z } from 'zod';
import type { LoggedEntry } from '../../audit/index.js';
import { pdfTable, Sheet, signPdf } from '../../documents/index.js';
import { invalidField } from '../../errors/index.js';
import { phrasesFor, say, type Lang } from '../../phrases/index.js';
import { exportUsage, listUsage, USE_NAMES, viewUsage, type Usage, type UsageDeps, type UsageQuestion } from '../../reports/index.js';
import type { HttpDeps } from '../deps.js';
import { purposeNames } from '../purposes.js';
import { contentDisposition } from '../disposition.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';
import { today } from '../today.js';
import { entrySchema, exportReply, goneAfter, goneSchema, presentEntry, presentGone } from './audit.js';

const text = (max: number) => z.string().max(max, 'too_long').optional();
const day = z.iso.date('not_a_date').optional();

/** What the access audit can be asked for, beside persons and records. */
export const usageFields = {
  department: text(40),
  purpose: text(40),
  use: z.enum(USE_NAMES, 'unknown_value').optional(),
  act: text(64),
  decision: z.enum(['allow', 'deny', 'error']).optional(),
  hours: z.enum(['within', 'outside']).optional(),
  from: day,
  to: day,
};
const usageQuery = z.strictObject({ person: z.uuid('invalid').optional(), actor: text(64), record: z.uuid('invalid').optional(), ...usageFields });
type UsageQuery = z.infer<typeof usageQuery>;

const count = z.number().int();
const usageSchema = z.object({
  total: count,
  outside: count,
  refused: count,
  days: z.array(z.object({ day: z.string(), count, outside: count })),
  acts: z.array(z.object({ act: z.string(), count, refused: count })),
  purposes: z.array(z.object({ purpose: z.string(), count })),
  departments: z.array(z.object({ department: z.string(), count })),
  persons: z.array(z.object({ person: z.string(), name: z.string().nullable(), count })),
  personCount: count,
});

export function usageDeps(deps: HttpDeps): UsageDeps {
  return { db: deps.db, audit: deps.audit, access: deps.access, hours: deps.hours(), now: deps.now };
}

async function questionOf(deps: HttpDeps, { person, actor, record, ...rest }: UsageQuery): Promise<UsageQuestion> {
  const pseudonym = person === undefined ? actor : await deps.accounts.pseudonymOf(person);
  if (person !== undefined && pseudonym === undefined) throw invalidField('person', 'unknown_value');
  return { ...rest, ...(pseudonym === undefined ? {} : { actors: [pseudonym] }), ...(record === undefined ? {} : { records: [record] }) };
}

export const FORMATS = ['xlsx', 'csv', 'json', 'pdf'] as const;
export type Format = (typeof FORMATS)[number];

/** Entries as JSON that streams: an array of objects, nothing held but a batch. */
function jsonReply(deps: HttpDeps, entries: AsyncIterable<LoggedEntry[]>): Reply {
  async function* lines(): AsyncGenerator<string> {
    let first = true;
    yield '[';
    for await (const batch of entries) {
      const names = await deps.accounts.namesOf([...new Set(batch.map((one) => one.entry.actor))]);
      for (const one of batch) {
        yield `${first ? '\n' : ',\n'}${JSON.stringify(presentEntry(one, names))}`;
        first = false;
      }
    }
    yield '\n]\n';
  }
  return {
    stream: Readable.from(lines()),
    type: 'application/json; charset=utf-8',
    headers: { 'Content-Disposition': `attachment; filename="usage-${today(deps)}.json"` },
  };
}

/** The sums of a question in both languages, with the same figures as JSON inside, signed in the archive's name. */
export async function usagePdf(deps: HttpDeps, usage: Usage, question: UsageQuestion): Promise<Buffer> {
  const at = deps.now();
  const [zh, en] = [phrasesFor('zh'), phrasesFor('en')];
  const both = (pick: (t: typeof zh.pages.usage) => string): { zh: string; en: string } => ({ zh: pick(zh.pages.usage), en: pick(en.pages.usage) });
  const people = await deps.accounts.namesOf(usage.persons.map((one) => one.person));
  const data = Buffer.from(JSON.stringify({ question, usage, hours: deps.hours().version }, null, 1));
  const sheet = new Sheet({
    title: both((t) => t.title),
    archive: deps.config.archiveName,
    madeAt: at,
    zone: deps.config.timeZone,
    pdfA: true,
    attachments: [{ name: 'usage.json', type: 'application/json', description: both((t) => t.title).en, data }],
  });
  const heads: [string, number][] = [
    [say(zh.pages.usage.sums, { total: usage.total, outside: usage.outside, refused: usage.refused }), 9],
    [say(en.pages.usage.sums, { total: usage.total, outside: usage.outside, refused: usage.refused }), 9],
    [
      Object.entries(question)
        .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)
        .join('  '),
      8,
    ],
  ];
  for (const [line, size] of heads) {
    for (const part of sheet.lines(line, sheet.width, size)) {
      sheet.put(part, sheet.left, sheet.y, { size });
      sheet.y += size * 1.6;
    }
  }
  const tables: [{ zh: string; en: string }, { zh: string; en: string; count: number }[]][] = [
    [both((t) => t.byAct), usage.acts.map((one) => ({ zh: wordOf(zh.audit.acts, one.act), en: wordOf(en.audit.acts, one.act), count: one.count }))],
    [both((t) => t.byPurpose), usage.purposes.map((one) => ({ ...purposeWords(deps, one.purpose), count: one.count }))],
    [both((t) => t.byPerson), usage.persons.map((one) => ({ zh: people.get(one.person) ?? one.person, en: one.person, count: one.count }))],
    [both((t) => t.byDay), usage.days.map((one) => ({ zh: one.day, en: '', count: one.count }))],
  ];
  for (const [head, rows] of tables) {
    sheet.y += 10;
    await pdfTable(sheet, {
      columns: [
        { head, share: 5, value: (row) => (row.en === '' || row.en === row.zh ? row.zh : `${row.zh} ${row.en}`) },
        { head: both((t) => t.count), share: 1, align: 'right', value: (row) => String(row.count) },
      ],
      rows,
      empty: both((t) => t.none.title),
    });
  }
  return await signPdf(deps.signer, sheet, { reason: `${zh.pages.usage.title} ${en.pages.usage.title}`, name: deps.config.archiveName, at });
}

const wordOf = (texts: Readonly<Record<string, string>>, code: string): string => (Object.hasOwn(texts, code) ? (texts[code] ?? code) : code);

function purposeWords(deps: HttpDeps, code: string): { zh: string; en: string } {
  if (code === '') return { zh: phrasesFor('zh').audit.noPurpose, en: phrasesFor('en').audit.noPurpose };
  return purposeNames(deps, code);
}

/** An export in one of the formats; it stands in the signed log before its first byte. */
export async function usageExport(deps: HttpDeps, ctx: RequestContext, question: UsageQuestion, format: Format, lang: Lang): Promise<Reply> {
  if (format !== 'pdf') {
    const entries = await exportUsage(usageDeps(deps), ctx.actor, question, format);
    return format === 'json' ? jsonReply(deps, entries) : exportReply(deps, entries, format, lang);
  }
  // the PDF holds sums, not entries: what it shows is looked up, and on record, as an export
  await exportUsage(usageDeps(deps), ctx.actor, question, format);
  const usage = await viewUsage(usageDeps(deps), ctx.actor, question);
  const name = `usage-${today(deps)}.pdf`;
  return {
    body: await usagePdf(deps, usage, question),
    type: 'application/pdf',
    headers: { 'Content-Disposition': contentDisposition(name, 'application/pdf', 'download') },
  };
}

/** The time that a question is about. */
export function timeOf(deps: Pick<HttpDeps, 'hours'>, { from, to }: UsageQuestion): { from?: Date; to?: Date } {
  const hours = deps.hours();
  return {
    ...(from === undefined ? {} : { from: hours.startOf(from) }),
    ...(to === undefined ? {} : { to: new Date(hours.startOf(to).getTime() + 86_400_000) }),
  };
}

/** Who read what, as sums, as entries, and to be taken away. */
export function usageRoutes(deps: HttpDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/usage',
      name: 'viewUsage',
      tag: 'audit',
      summary: 'Who read, searched, downloaded, printed or was refused: sums of the log by day, act, purpose, department and person, exact at every moment.',
      guard: 'usage.view',
      kind: 'api',
      query: usageQuery,
      responses: { 200: usageSchema },
      async handler(ctx, { query }) {
        const usage = await viewUsage(usageDeps(deps), ctx.actor, await questionOf(deps, query));
        const names = await deps.accounts.namesOf(usage.persons.map((one) => one.person));
        return { json: { ...usage, persons: usage.persons.map((one) => ({ ...one, name: names.get(one.person) ?? null })) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/usage/entries',
      name: 'listUsage',
      tag: 'audit',
      summary: 'The entries behind the sums, newest first.',
      guard: 'usage.view',
      kind: 'api',
      query: usageQuery.extend({ after: text(200), limit: z.coerce.number('wrong_type').int().min(1).max(200).optional() }),
      responses: { 200: z.object({ items: z.array(entrySchema), next: z.string().nullable(), gone: goneSchema }) },
      async handler(ctx, { query: { after, limit, ...query } }) {
        const question = await questionOf(deps, query);
        const found = await listUsage(usageDeps(deps), ctx.actor, question, { after, limit });
        const names = await deps.accounts.namesOf([...new Set(found.items.map((one) => one.entry.actor))]);
        return {
          json: {
            items: found.items.map((one) => presentEntry(one, names)),
            next: found.next,
            gone: presentGone(await goneAfter(deps, timeOf(deps, question), found.next)),
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/usage/export',
      name: 'exportUsage',
      tag: 'audit',
      summary: 'Take the entries away as XLSX, CSV or JSON, or the sums as a signed PDF; exporting is itself on record.',
      guard: 'usage.export',
      kind: 'api',
      query: usageQuery.extend({ format: z.enum(FORMATS).default('xlsx'), lang: z.enum(['zh', 'en']).optional() }),
      streams: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv', 'application/json', 'application/pdf'],
      handler: async (ctx, { query: { format, lang, ...query } }) => usageExport(deps, ctx, await questionOf(deps, query), format, lang ?? ctx.lang),
    }),
  ];
}
