import { CodedError, invalidField } from '../../../errors/index.js';
import { certifyCopy, filesInOrder, listCertifiedCopies, viewRequest, type CertifyDeps, type CertifyInput } from '../../../requests/index.js';
import { certifiedCopiesPage, EMPTY_FORM, paths, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { attempt, formBody, refusedForm, textOf } from './common.js';

/** `2 5 10,40,60,8 …`: number of the file, page, rectangles in percent of the page (left, top, width, height). */
const LINE = /^(\d{1,3})\s+(\d{1,5})((?:\s+\d{1,3}(?:\.\d+)?(?:,\d{1,3}(?:\.\d+)?){3})*)$/;

function pagesOf(text: string, files: readonly string[]): CertifyInput['pages'] {
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
  async function reply(ctx: RequestContext, id: string, form: FormState = EMPTY_FORM, status = 200): Promise<Reply> {
    const copies = await listCertifiedCopies(certify, ctx.actor, id);
    const request = await viewRequest(deps.requests, ctx.actor, id);
    const names = await deps.accounts.namesOfPersons([...new Set(copies.map((one) => one.madeBy))]);
    const model = {
      requestId: id,
      number: request.number,
      copies: copies.map((one) => ({ ...one, by: names.get(one.madeBy) ?? '' })),
      records: request.items.filter((one) => one.kept).map((one) => ({ value: one.id, text: `${one.code} ${one.title}`.trim() })),
      form,
    };
    return page(deps, ctx, certifiedCopiesPage, model, { status });
  }
  return [
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
          if (!/^[0-9a-f-]{36}$/i.test(recordId)) throw invalidField('record', 'missing');
          const files = await filesInOrder(certify, ctx.actor, { requestId: params.id, recordId });
          return certifyCopy(certify, ctx.actor, params.id, { recordId, pages: pagesOf(textOf(body, 'pages'), files) });
        });
        if ('done' in tried) return redirectWith(paths.certifiedCopies(params.id), { kind: 'good', code: 'saved' });
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
