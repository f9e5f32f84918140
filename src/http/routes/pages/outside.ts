import { invalidField } from '../../../errors/index.js';
import { applyForReading, PAPER_KINDS, REQUEST_LIMITS, type PaperFile, type RequestInput } from '../../../requests/index.js';
import { outsidePage, paths, type FormState } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import type { FilePart, TextPart } from '../../multipart.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { today } from '../../today.js';
import { assertSound } from '../../sound.js';
import { attempt, optional, refusedForm, textOf, type Form } from './common.js';

/** The fields, which a browser sends first; the two papers stay unread until they are sealed. */
async function read(ctx: RequestContext): Promise<{ values: Form; papers: AsyncGenerator<PaperFile> }> {
  if (!ctx.header('Content-Type').startsWith('multipart/form-data')) throw invalidField('body', 'wrong_type');
  const parts = ctx.parts({ fileBytes: REQUEST_LIMITS.paperBytes, files: PAPER_KINDS.length })[Symbol.asyncIterator]();
  const values: Record<string, string> = {};
  let next = await parts.next();
  while (next.done !== true && next.value.kind === 'text') {
    values[next.value.field] = next.value.value;
    next = await parts.next();
  }
  assertSound(values);
  return { values, papers: papersFrom(next, parts) };
}

async function* papersFrom(first: IteratorResult<FilePart | TextPart>, rest: AsyncIterator<FilePart | TextPart>): AsyncGenerator<PaperFile> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) {
      const part = next.value;
      if (part.kind === 'text') throw invalidField(part.field, 'unknown_field');
      const kind = PAPER_KINDS.find((one) => one === part.field);
      // a file input that was left empty sends a part without a name: it is missing
      if (kind === undefined || part.filename === '') part.body.resume();
      else yield { kind, name: part.filename, type: part.declaredType, body: part.body };
    }
  } finally {
    await rest.return?.();
  }
}

async function drain(papers: AsyncGenerator<PaperFile>): Promise<void> {
  for await (const one of papers) one.body.resume();
}

function inputOf(form: Form): RequestInput {
  const numbers = textOf(form, 'records')
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const readings = textOf(form, 'readings');
  const of = (name: string): string => textOf(form, name);
  return {
    numbers,
    ...optional('client', of('client')),
    purpose: of('purpose'),
    reason: of('reason'),
    form: of('form') as RequestInput['form'],
    from: of('from'),
    to: of('to'),
    ...(readings === '' ? {} : { readings: Number(readings) }),
    outsider: { name: of('outsider.name'), organisation: of('outsider.organisation'), contact: of('outsider.contact') },
    disclosure: {
      basis: of('disclosure.basis'),
      reference: of('disclosure.reference'),
      law: of('disclosure.law'),
      assessment: of('disclosure.assessment'),
    },
  };
}

/** Applying for people from outside, with their papers. */
export function outsidePages(deps: HttpDeps): Route[] {
  const reply = (ctx: RequestContext, form: FormState, status = 200): Promise<Reply> => {
    const purposes = Object.entries(deps.records.schemes.newest.purposes).map(([value, text]) => ({ value, text: text[ctx.lang] }));
    return Promise.resolve(page(deps, ctx, outsidePage, { form, purposes }, { status }));
  };
  return [
    definePage({
      method: 'get',
      path: paths.newOutside,
      name: 'newOutsidePage',
      guard: 'request.apply_outside',
      handler(ctx) {
        return reply(ctx, { values: { form: 'view', from: today(deps) }, errors: [] });
      },
    }),
    definePage({
      method: 'post',
      path: paths.newOutside,
      name: 'applyOutsideForm',
      guard: 'request.apply_outside',
      bodyKind: 'multipart',
      async handler(ctx) {
        const { values, papers } = await read(ctx);
        const tried = await attempt(() => applyForReading(deps.requests, ctx.actor, inputOf(values), papers));
        if ('done' in tried) {
          const { id, number, state } = tried.done;
          const good = state === 'submitted';
          return redirectWith(paths.request(id), { kind: good ? 'good' : 'bad', code: good ? 'applied' : 'applied_refused', params: { number } });
        }
        await drain(papers).catch(() => undefined);
        const { refused } = tried;
        const form = refusedForm(values, refused, { numbers: 'records' });
        const shown = refused.fields.length > 0 ? form : { ...form, errors: [{ field: 'purpose', code: refused.code }] };
        return reply(ctx, shown, refused.status);
      },
    }),
  ];
}
