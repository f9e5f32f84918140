import { z } from 'zod';
import { summariesOf } from '../../../records/index.js';
import { applyForReading, REQUEST_LIMITS, type RequestInput } from '../../../requests/index.js';
import { newRequestPage, paths, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { today } from '../../today.js';
import { standingAt } from './acts.js';
import { attempt, formBody, listOf, optional, refusedForm, textOf, type Form } from './common.js';
import { savedOf } from './search.js';

async function applyReply(deps: HttpDeps, ctx: RequestContext, form: FormState, ids: readonly string[], status = 200): Promise<Reply> {
  const found = ids.length === 0 ? [] : await summariesOf(deps.records, ctx.actor, [...ids]);
  const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
  const records = found.map((one) => ({ id: one.id, title: one.title, code: one.archivalCode ?? one.serviceNo }));
  return page(deps, ctx, newRequestPage, { form, records, purposes }, { status });
}

/** The records that a form names by id; what is no id was not put there by a page of ours. */
const chosenIn = (form: Form): string[] =>
  listOf(form, 'record')
    .filter((one) => z.uuid().safeParse(one).success)
    .slice(0, REQUEST_LIMITS.records);

function inputOf(form: Form): RequestInput {
  const records = chosenIn(form);
  const numbers = textOf(form, 'records')
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return {
    records,
    numbers: records.length === 0 ? numbers : [],
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
  const begun = (search: string): FormState => {
    const from = today(deps);
    return { values: { form: 'view', from, search }, errors: [] };
  };
  return [
    definePage({
      method: 'get',
      path: paths.newRequest,
      name: 'newRequestPage',
      guard: 'request.apply',
      query: z.strictObject({ record: z.uuid().optional(), saved: z.uuid().optional() }),
      async handler(ctx, { query }) {
        const search = query.saved === undefined ? '' : (await savedOf(deps, ctx, query.saved)).q;
        return applyReply(deps, ctx, begun(search), query.record === undefined ? [] : [query.record]);
      },
    }),
    definePage({
      // what was searched for may be personal data: it stands in no address
      method: 'post',
      path: paths.applyToChosen,
      name: 'applyToChosenForm',
      guard: 'request.apply',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) =>
        applyReply(
          deps,
          standingAt(ctx, paths.newRequest),
          begun(textOf(body, 'all') === '1' ? textOf(body, 'q') : ''),
          textOf(body, 'all') === '1' ? [] : chosenIn(body),
        ),
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
        return applyReply(deps, ctx, shown, chosenIn(body), refused.status);
      },
    }),
  ];
}
