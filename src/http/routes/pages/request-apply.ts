import { z } from 'zod';
import { summariesOf } from '../../../records/index.js';
import { applyForReading, type RequestInput } from '../../../requests/index.js';
import { newRequestPage, paths, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { attempt, formBody, optional, refusedForm, textOf, type Form } from './common.js';

async function applyReply(deps: HttpDeps, ctx: RequestContext, form: FormState, recordId: string, status = 200): Promise<Reply> {
  const [record] = recordId === '' ? [] : await summariesOf(deps.records, ctx.actor, [recordId]);
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
  const shown = record ? { id: record.id, title: record.title, code: record.archivalCode ?? record.serviceNo } : null;
  return page(deps, ctx, newRequestPage, { form, record: shown, purposes }, { status });
}

function inputOf(form: Form): RequestInput {
  const record = textOf(form, 'record');
  const numbers = textOf(form, 'records')
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return {
    records: record === '' ? [] : [record],
    numbers: record === '' ? numbers : [],
    ...optional('client', textOf(form, 'client')),
    ...optional('search', textOf(form, 'search')),
    purpose: textOf(form, 'purpose'),
    reason: textOf(form, 'reason'),
    ...optional('ticket', textOf(form, 'ticket')),
    form: textOf(form, 'form') as RequestInput['form'],
    from: textOf(form, 'from'),
    to: textOf(form, 'to'),
  };
}

/** Applying for reading. */
export function requestApplyPages(deps: HttpDeps): Route[] {
  const { requests } = deps;
  return [
    definePage({
      method: 'get',
      path: paths.newRequest,
      name: 'newRequestPage',
      guard: 'request.apply',
      query: z.strictObject({ record: z.uuid().optional() }),
      async handler(ctx, { query }) {
        const today = new Intl.DateTimeFormat('sv-SE', { timeZone: deps.config.timeZone }).format(deps.now());
        return applyReply(deps, ctx, { values: { form: 'view', from: today }, errors: [] }, query.record ?? '');
      },
    }),
    definePage({
      method: 'post',
      path: paths.newRequest,
      name: 'applyForm',
      guard: 'request.apply',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const tried = await attempt(() => applyForReading(requests, ctx.actor, inputOf(body)));
        if ('done' in tried) {
          const { id, number, state } = tried.done;
          return redirectWith(paths.request(id), {
            kind: state === 'submitted' ? 'good' : 'bad',
            code: state === 'submitted' ? 'applied' : 'applied_refused',
            params: { number },
          });
        }
        const { refused } = tried;
        const form = refusedForm(body, refused, { numbers: 'records' });
        const shown = refused.fields.length > 0 ? form : { ...form, errors: [{ field: 'purpose', code: refused.code }] };
        return applyReply(deps, ctx, shown, textOf(body, 'record'), refused.status);
      },
    }),
  ];
}
