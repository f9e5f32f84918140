import { CodedError, invalidField, isCoded } from '../../../errors/index.js';
import { isPaintable } from '../../../extract/index.js';
import { returnReading, viewReading } from '../../../records/index.js';
import { certifyCopy, filesInOrder, listCertifiedCopies, openToDraw, viewRequest, type CertifyDeps, type CertifyInput } from '../../../requests/index.js';
import { certifiedCopiesPage, EMPTY_FORM, paths, type Drawing, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { pagesOf } from '../../marks.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { standingAt } from './acts.js';
import { attempt, formBody, refusedForm, textOf } from './common.js';

const UUID = /^[0-9a-f-]{36}$/i;
/** Number of a file and page, as the buttons of the page say it. */
const GO = /^(\d{1,3})\.(\d{1,5})$/;
/** `2 5 10,40,60,8 …`: number of the file, page, rectangles in percent of the page (left, top, width, height). */
const LINE = /^(\d{1,3})\s+(\d{1,5})((?:\s+\d{1,3}(?:\.\d+)?(?:,\d{1,3}(?:\.\d+)?){3})*)$/;

function linesOf(text: string, files: readonly string[]): CertifyInput['pages'] {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw invalidField('pages', 'missing');
  return lines.map((line) => {
    const found = LINE.exec(line);
    const fileId = files[Number(found?.[1] ?? 0) - 1];
    if (found === null || fileId === undefined) throw invalidField('pages', 'invalid');
    const boxes = (found[3] ?? '')
      .split(/\s+/)
      .filter((one) => one !== '')
      .map((one) => {
        const [x = 0, y = 0, width = 0, height = 0] = one.split(',').map((value) => Number(value) / 100);
        return { x, y, width, height };
      });
    return { fileId, page: Number(found[2]), boxes };
  });
}

/** Certified copies of an application: what was made, and a form for the next. */
export function certifiedCopyPages(deps: HttpDeps): Route[] {
  const certify: CertifyDeps = { ...deps.records, ...deps.requests, painter: deps.painter, signer: deps.signer, archiveName: deps.config.archiveName };
  async function reply(ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200, draw: Drawing | null = null): Promise<Reply> {
    const copies = await listCertifiedCopies(certify, ctx.actor, id);
    const request = await viewRequest(deps.requests, ctx.actor, id);
    const names = await deps.accounts.namesOfPersons([...new Set(copies.map((one) => one.madeBy))]);
    const model = {
      requestId: id,
      number: request.number,
      copies: copies.map((one) => ({ ...one, by: names.get(one.madeBy) ?? '' })),
      records: request.items.filter((one) => one.kept).map((one) => ({ value: one.id, text: `${one.code} ${one.title}`.trim() })),
      draw,
      form,
    };
    return page(deps, standingAt(ctx, paths.certifiedCopies(id)), certifiedCopiesPage, model, { status });
  }
  /** The page that is looked at: under a reading of its own, every page of it on record. */
  async function drawing(ctx: RequestContext, requestId: string, recordId: string, go: string): Promise<Drawing> {
    const readingId = await openToDraw(certify, ctx.actor, { requestId, recordId });
    const view = await viewReading(deps.records, ctx.actor, readingId);
    const order = await filesInOrder(certify, ctx.actor, { requestId, recordId });
    const files = view.files
      .filter((one) => isPaintable(one.mediaType) && !one.flags.includes('encrypted') && one.size > 0)
      .map((one) => ({ id: one.id, number: order.indexOf(one.id) + 1, name: one.name }));
    const [, wanted, page] = GO.exec(go) ?? [];
    const file = files.find((one) => one.number === Number(wanted)) ?? files[0];
    if (file === undefined) return { readingId, files, shown: null };
    const pages = await pagesOf(deps, ctx, view, file.id, 'view');
    return { readingId, files, shown: { id: file.id, number: file.number, page: Math.min(pages, Math.max(1, Number(page ?? 1))), pages } };
  }

  /** What was looked at to draw is handed back once the copy is made; one that is over stays as it is. */
  async function putAway(ctx: RequestContext, readingId: string): Promise<void> {
    if (!UUID.test(readingId)) return;
    await returnReading(deps.records, ctx.actor, { readingId, result: 'solved' }).catch((error: unknown) => {
      if (!isCoded(error)) throw error;
    });
  }

  return [
    definePage({
      method: 'post',
      path: '/requests/:id/certified-copies/draw',
      name: 'drawCopyForm',
      guard: 'copy.certify',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const kept: FormState = { values: body, errors: [] };
        const tried = await attempt(async () => {
          const recordId = textOf(body, 'record');
          if (!UUID.test(recordId)) throw invalidField('record', 'missing');
          return drawing(ctx, params.id, recordId, textOf(body, 'go'));
        });
        if ('done' in tried) return reply(ctx, params.id, kept, 200, tried.done);
        const field = tried.refused.fields[0]?.field === 'record' ? 'record' : 'pages';
        const code = tried.refused.fields[0]?.code ?? tried.refused.code;
        return reply(ctx, params.id, { ...kept, errors: [{ field, code }] }, tried.refused.status);
      },
    }),
    definePage({
      method: 'get',
      path: '/requests/:id/certified-copies',
      name: 'certifiedCopiesPage',
      guard: 'copy.certify',
      params: idParams,
      handler: (ctx, { params }) => reply(ctx, params.id),
    }),
    definePage({
      method: 'post',
      path: '/requests/:id/certified-copies',
      name: 'certifyCopyForm',
      guard: 'copy.certify',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const recordId = textOf(body, 'record');
        const tried = await attempt(async () => {
          if (!UUID.test(recordId)) throw invalidField('record', 'missing');
          const files = await filesInOrder(certify, ctx.actor, { requestId: params.id, recordId });
          return certifyCopy(certify, ctx.actor, params.id, { recordId, pages: linesOf(textOf(body, 'pages'), files) });
        });
        if ('done' in tried) {
          await putAway(ctx, textOf(body, 'reading'));
          return redirectWith(paths.certifiedCopies(params.id), { kind: 'good', code: 'saved' });
        }
        const { refused } = tried;
        const form = refusedForm(
          body,
          refused.fields.length > 0 ? refused : new CodedError('invalid_field', { fields: [{ field: 'pages', code: refused.code }] }),
        );
        return reply(
          ctx,
          params.id,
          { ...form, errors: form.errors.map((one) => ({ ...one, field: one.field === 'record' ? 'record' : 'pages' })) },
          refused.status,
        );
      },
    }),
  ];
}
