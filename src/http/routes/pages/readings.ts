import { buffer } from 'node:stream/consumers';
import { CodedError } from '../../../errors/index.js';
import { isDecoded, SOUND_LIMITS } from '../../../extract/index.js';
import { z } from 'zod';
import {
  listMyReadings,
  readContent,
  READING_RESULTS,
  recordDraft,
  returnReading,
  viewReading,
  type AccessKind,
  type ReadingView,
  type RecordDraft,
} from '../../../records/index.js';
import {
  paths,
  PRINTED,
  printPage,
  readingPage,
  readingsPage,
  type FormState,
  type PrintModel,
  type ReadingContent,
  type ReadingModel,
  type ViewedFile,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { markOf, pagesOf } from '../../marks.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';
import { afterQuery, attempt, formBody, optional, pagingOf, purposeText, refusedForm, textOf } from './common.js';
import { fileRow } from './records.js';
import { mailOf } from './mail.js';

/** Bytes of a text or mail that the page shows; the rest is downloaded. */
const TEXT_SHOWN = 512 * 1024;

function viewerOf(type: string, size: number): ViewedFile['viewer'] {
  if (type === 'application/pdf') return 'pdf';
  if (/^image\/(?:png|jpeg|gif|webp|avif)$/.test(type)) return 'image';
  if (isDecoded(type)) return size > SOUND_LIMITS.bytes ? 'none' : 'sound';
  if (/^audio\/(?:wav|x-wav|vnd\.wave|mpeg|mp4|ogg|aac|flac)$/.test(type)) return 'audio';
  if (type === 'message/rfc822') return 'mail';
  return /^text\/|^application\/(?:json|xml)$/.test(type) ? 'text' : 'none';
}

/** The head of a text file, decoded; an access like any other, under the reading. */
async function textOfFile(deps: HttpDeps, ctx: RequestContext, readingId: string, file: ReadingView['files'][number], kind: AccessKind): Promise<string> {
  const range = file.size > TEXT_SHOWN ? { range: { first: 0, last: TEXT_SHOWN - 1 } } : {};
  const content = await readContent(deps.records, ctx.actor, { readingId, fileId: file.id, kind, marked: true, ...range });
  const bytes = await buffer(content.body);
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (utf16) return new TextDecoder(utf16).decode(bytes);
  const text = new TextDecoder('utf-8').decode(bytes);
  return text.includes('\uFFFD') ? new TextDecoder('gb18030').decode(bytes) : text;
}

/** The head of a text or mail goes into the page itself. */
async function withText(deps: HttpDeps, ctx: RequestContext, readingId: string, source: ReadingView['files'][number], one: ViewedFile, kind: AccessKind) {
  if (one.viewer !== 'text' && one.viewer !== 'mail') return;
  const text = await textOfFile(deps, ctx, readingId, source, kind);
  if (one.viewer === 'text') one.text = text;
  else one.mail = mailOf(text);
}

function viewedFile(file: ReadingView['files'][number], shown: string | undefined): ViewedFile {
  const viewer = file.flags.includes('encrypted') || file.size === 0 ? 'none' : viewerOf(file.mediaType, file.size);
  return { ...fileRow(file), viewer, shown: file.id === shown && viewer !== 'none' };
}

const MARKED: ReadonlySet<ViewedFile['viewer']> = new Set<ViewedFile['viewer']>(['pdf', 'image']);

async function withPage(deps: HttpDeps, ctx: RequestContext, view: ReadingView, fileId: string, kind: 'view' | 'print', number: number) {
  const of = await pagesOf(deps, ctx, view, fileId, kind);
  return { number: Math.min(number, of), of };
}

async function filesOf(deps: HttpDeps, ctx: RequestContext, view: ReadingView, shown: string | undefined, number: number): Promise<ViewedFile[]> {
  const files: ViewedFile[] = [];
  for (const file of view.files) {
    const one = viewedFile(file, shown);
    if (one.shown) await withText(deps, ctx, view.id, file, one, 'view');
    if (one.shown && view.marked && MARKED.has(one.viewer)) one.page = await withPage(deps, ctx, view, file.id, 'view', number);
    files.push(one);
  }
  return files;
}

const body = z.object({ draft: recordDraft });

function contentOf(draft: RecordDraft): ReadingContent {
  const fact = (field: string, value: string | number | undefined, isTime = false) =>
    value === undefined ? [] : [{ field, value: String(value), ...(isTime ? { isTime } : {}) }];
  const text = (field: string, value: string | undefined, more: { at?: string } = {}) => (value === undefined ? [] : [{ field, text: value, ...more }]);
  const { client, staff, signature, feedback } = draft;
  return {
    facts: [
      ...fact('client.number', client.number),
      ...fact('client.name', client.name),
      ...fact('client.phone', client.phone),
      ...fact('client.email', client.email),
      ...fact('client.address', client.address),
      ...fact('openedAt', draft.openedAt, true),
      ...fact('servedAt', draft.servedAt, true),
      ...fact('closedAt', draft.closedAt, true),
      ...fact('place', draft.place),
      ...fact('staff', [staff.name, staff.number].filter(Boolean).join(' · ')),
      ...fact('participants', draft.participants?.map((one) => [one.name, one.role].filter(Boolean).join(' · ')).join('\n')),
      ...fact('evaluation', draft.evaluation),
      ...fact('feedback.assignedTo', feedback?.assignedTo),
      ...fact('signature', signature?.kind === 'file' ? signature.file : signature?.text),
    ],
    texts: [
      ...text('content', draft.content),
      ...text('feedback.demand', feedback?.demand),
      ...text('solution', draft.solution),
      ...text('handling', draft.handling),
      ...(draft.exceptions ?? []).flatMap((one) => [...text('exceptions.what', one.what), ...text('exceptions.handling', one.handling)]),
      ...text('result', draft.result),
      ...(draft.followUps ?? []).flatMap((one) => text('followUps', one.note, { at: one.at })),
      ...(draft.returnCall ? text('returnCall', draft.returnCall.result, { at: draft.returnCall.at }) : []),
      ...text('clientFeedback', draft.clientFeedback),
      ...text('specialTerm.reason', draft.specialTerm?.reason),
    ],
    absent: Object.entries(draft.absent ?? {}).map(([field, reason]) => ({ field, reason })),
  };
}

/** What the page of an open reading shows; opening it is an access on record. */
export async function readingModel(
  deps: HttpDeps,
  ctx: RequestContext,
  id: string,
  shown: string | undefined,
  form?: FormState,
  number = 1,
): Promise<ReadingModel> {
  const view = await viewReading(deps.records, ctx.actor, id);
  const open = view.state === 'open';
  const content = open ? await readContent(deps.records, ctx.actor, { readingId: id, kind: 'view' }) : undefined;
  const parsed = content && body.parse(JSON.parse((await buffer(content.body)).toString('utf8')));
  return {
    id,
    recordId: view.recordId,
    title: parsed?.draft.title ?? view.title,
    catalogueTitle: view.title,
    code: view.archivalCode ?? '',
    purpose: purposeText(deps, ctx, view.purpose),
    ticket: view.ticket || null,
    state: view.state,
    remainingSeconds: Math.max(0, Math.floor((Date.parse(view.expiresAt) - deps.now().getTime()) / 1000)),
    content: parsed ? contentOf(parsed.draft) : null,
    files: open ? await filesOf(deps, ctx, view, shown, number) : [],
    mark: view.marked ? await markOf(deps, ctx, id) : null,
    mayDownload: view.mayDownload,
    mayPrint: view.mayPrint && deps.access.mayEver(ctx.actor, 'record.print'),
    ...(form ? { form } : {}),
  };
}

/** The body, or one file, on its way to paper; every byte of it is an access of the kind `print`. */
async function printModel(deps: HttpDeps, ctx: RequestContext, id: string, fileId: string | undefined): Promise<PrintModel> {
  const view = await viewReading(deps.records, ctx.actor, id);
  const source = fileId === undefined ? undefined : view.files.find((one) => one.id === fileId);
  const file = source && viewedFile(source, source.id);
  if (fileId !== undefined && !(file && PRINTED.has(file.viewer))) throw new CodedError('not_found');
  const who = await deps.accounts.whoIs(ctx.actor);
  const model: PrintModel = {
    readingId: id,
    title: view.title,
    catalogueTitle: view.title,
    code: view.archivalCode ?? '',
    purpose: purposeText(deps, ctx, view.purpose),
    ticket: view.ticket || null,
    by: who?.name ?? '',
    at: deps.now().toISOString(),
    content: null,
    file: file ?? null,
    mark: await markOf(deps, ctx, id),
  };
  if (source && file) {
    await withText(deps, ctx, id, source, file, 'print');
    if (MARKED.has(file.viewer)) file.page = await withPage(deps, ctx, view, source.id, 'print', 1);
    return model;
  }
  const content = await readContent(deps.records, ctx.actor, { readingId: id, kind: 'print' });
  const { draft } = body.parse(JSON.parse((await buffer(content.body)).toString('utf8')));
  return { ...model, title: draft.title, content: contentOf(draft) };
}

/** Reading, handing back, and one's own readings. */
export function readingPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: '/readings/:id',
      name: 'readingPage',
      guard: 'reading.own',
      params: idParams,
      query: z.strictObject({ file: z.uuid('invalid').optional(), page: z.coerce.number().int().min(1).max(10_000).optional() }),
      handler: async (ctx, { params, query }) => page(deps, ctx, readingPage, await readingModel(deps, ctx, params.id, query.file, undefined, query.page ?? 1)),
    }),
    definePage({
      method: 'post',
      path: '/readings/:id/print',
      name: 'printPage',
      guard: 'record.print',
      params: idParams,
      bodyKind: 'form',
      body: z.strictObject({ file: z.uuid('invalid').optional() }),
      handler: async (ctx, { params, body: form }) => page(deps, ctx, printPage, await printModel(deps, ctx, params.id, form.file)),
    }),
    definePage({
      method: 'post',
      path: '/readings/:id/return',
      name: 'returnReadingForm',
      guard: 'reading.own',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body: form }) {
        const result = READING_RESULTS.find((one) => one === textOf(form, 'result'));
        const missing: FormState = { values: form, errors: [{ field: 'result', code: 'missing' }] };
        if (result === undefined) return page(deps, ctx, readingPage, await readingModel(deps, ctx, params.id, undefined, missing), { status: 422 });
        const tried = await attempt(() => returnReading(deps.records, ctx.actor, { readingId: params.id, result, ...optional('note', textOf(form, 'note')) }));
        if ('done' in tried) return redirectWith(paths.home, { kind: 'good', code: 'returned' });
        if (tried.refused.fields.length === 0) throw tried.refused;
        return page(deps, ctx, readingPage, await readingModel(deps, ctx, params.id, undefined, refusedForm(form, tried.refused)), {
          status: tried.refused.status,
        });
      },
    }),
    definePage({
      method: 'get',
      path: paths.readings,
      name: 'readingsPage',
      guard: 'reading.own',
      query: afterQuery,
      async handler(ctx, { query }) {
        const { items, next } = await listMyReadings(deps.records, ctx.actor, query.after);
        const rows = items.map((one) => ({
          id: one.id,
          recordId: one.recordId,
          title: one.title,
          code: one.archivalCode ?? '',
          purpose: purposeText(deps, ctx, one.purpose),
          ticket: one.ticket || null,
          openedAt: one.openedAt,
          endedAt: one.endedAt,
          state: one.state,
          result: one.result,
        }));
        return page(deps, ctx, readingsPage, { rows, paging: pagingOf(paths.readings, query, rows.length, next) });
      },
    }),
  ];
}
