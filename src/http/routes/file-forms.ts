import { z } from 'zod';
import { fileCataloguePdf, fileNotePdf, flatten, type CatalogueRow } from '../../documents/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import { CLIENT_TYPES, dayText, FILE_NOTE, fileCatalogue, fileNote, recordFilter, SERVICE_TYPES, type FormScope } from '../../records/index.js';
import type { HttpDeps } from '../deps.js';
import { attached, both } from '../printed.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';

const PDF = 'application/pdf';
const fileFormScope = {
  type: z.enum(SERVICE_TYPES, 'unknown_value'),
  clientType: z.enum(CLIENT_TYPES, 'unknown_value').optional(),
  year: z.coerce.number('wrong_type').int().min(1900).max(9999),
  // a code and nothing else: what a form is about stands open in its entry
  department: recordFilter.shape.department,
};

async function scopeText(deps: HttpDeps, scope: FormScope): Promise<string> {
  const names = await deps.accounts.departmentNames();
  const department = names.find((one) => one.code === scope.department)?.names;
  return [
    scope.type === undefined ? '' : both((p) => p.values.serviceType[scope.type ?? 'routine']),
    scope.clientType === undefined ? '' : both((p) => p.values.clientType[scope.clientType ?? 'other']),
    scope.year === undefined ? '' : String(scope.year),
    department === undefined ? (scope.department ?? '') : `${department.zh} ${department.en}`,
  ]
    .filter((text) => text !== '')
    .join(' · ');
}

const named = (ctx: RequestContext, form: 'fileCatalogue' | 'fileNote', scope: FormScope): Record<string, string> =>
  attached(`${phrasesFor(ctx.lang).documents[form].title}-${scope.type ?? ''}-${scope.year ?? ''}.pdf`, PDF);

/** Form 2 归档文件目录 of a repository and a year, as a PDF signed by the archive. */
export async function fileCatalogueReply(deps: HttpDeps, ctx: RequestContext, scope: FormScope): Promise<Reply> {
  const { rows } = await fileCatalogue(deps.records, ctx.actor, scope);
  const departments = new Map((await deps.accounts.departmentNames()).map((one) => [one.code, one.names.zh]));
  const { archiveName: archive, timeZone: zone, fonds } = deps.config;
  async function* lines(): AsyncGenerator<CatalogueRow> {
    for await (const row of flatten(rows())) {
      const gone = row.state === 'shredded' || row.state === 'destroyed' || row.state === 'transferred';
      const state = both((p) => (p.values.recordState as Record<string, string>)[row.state], row.state);
      const note = [gone ? state : '', row.restricted ? both((p) => p.documents.fileNote.restrictedItem) : ''];
      yield {
        archivalCode: row.archival_code,
        documentNo: row.service_no,
        responsible: row.staff_name === '' ? (departments.get(row.department) ?? row.department) : row.staff_name,
        title: row.title,
        date: dayText(row.closed_at, zone),
        sensitivity: both((p) => (p.values.sensitivity as Record<string, string>)[row.sensitivity], row.sensitivity),
        extent: String(row.file_count),
        note: note.filter((text) => text !== '').join(' '),
      };
    }
  }
  const scopeWords = await scopeText(deps, scope);
  const body = await fileCataloguePdf({ archive, fonds, scope: scopeWords, madeAt: deps.now(), zone, rows: lines() }, deps.signer);
  return { body, type: PDF, headers: named(ctx, 'fileCatalogue', scope) };
}

/** 备考表 of the same items, as a PDF signed by the archive. */
export async function fileNoteReply(deps: HttpDeps, ctx: RequestContext, scope: FormScope, text: string): Promise<Reply> {
  const { sums, note } = await fileNote(deps.records, ctx.actor, scope, text);
  const { archiveName: archive, timeZone: zone, fonds } = deps.config;
  const counted = ['corrected', 'extended', 'restricted', 'held', 'destroyed', 'transferred'] as const;
  const medium = (one: 'electronic' | 'paper'): string => `${both((p) => p.values.medium[one])} ${sums[one]}`;
  const { personId } = ctx.actor;
  const names = await deps.accounts.namesOfPersons(personId === null ? [] : [personId]);
  const body = await fileNotePdf(
    {
      archive,
      fonds,
      scope: await scopeText(deps, scope),
      madeAt: deps.now(),
      zone,
      items: sums.items,
      files: sums.files,
      codes: sums.first === null ? '' : `${sums.first} — ${sums.last ?? ''}`,
      media: `${medium('electronic')} · ${medium('paper')}`,
      states: counted.filter((one) => sums[one] > 0).map((one) => both((p) => say(p.documents.fileNote.counted[one], { count: sums[one] }))),
      note,
      arrangedBy: personId === null ? '' : (names.get(personId) ?? ''),
    },
    deps.signer,
  );
  return { body, type: PDF, headers: named(ctx, 'fileNote', scope) };
}

/** The forms that an office prints of a repository's year. */
export function fileFormRoutes(deps: HttpDeps): Route[] {
  const api = { kind: 'api', tag: 'records' } as const;
  return [
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/forms/file-catalogue.pdf',
      name: 'printFileCatalogue',
      summary: 'The catalogue of archived items (form 2) of a repository and a year as a signed PDF; printing is itself on record.',
      guard: 'batch.confirm',
      query: z.strictObject(fileFormScope),
      streams: [PDF],
      handler: (ctx, { query }) => fileCatalogueReply(deps, ctx, query),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/forms/file-note.pdf',
      name: 'printFileNote',
      summary: 'The file note of the same items: how they stand and what the clerk has to say about them, as a signed PDF.',
      guard: 'batch.confirm',
      body: z.strictObject({ ...fileFormScope, note: z.string().max(FILE_NOTE, 'too_long').default('') }),
      streams: [PDF],
      handler: (ctx, { body: { note, ...scope } }) => fileNoteReply(deps, ctx, scope, note),
    }),
  ];
}
