import { z } from 'zod';
import { BREAK_REASONS, decideOnBreak, proposeBreak, viewBreaks } from '../../../audit/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { EMPTY_FORM, type FormState, logBreaksPage, paths } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { closingOf } from '../log-breaks.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { namesFor, whoIs } from './audit-rows.js';
import { attempt, formBody, refusedForm, textOf } from './common.js';

async function show(deps: HttpDeps, ctx: RequestContext, form: FormState = EMPTY_FORM): Promise<Reply> {
  const { broken, breaks } = await viewBreaks(closingOf(deps), ctx.actor);
  const texts = phrasesFor(ctx.lang).audit;
  const pseudonyms = breaks.flatMap((one) => [one.proposedBy, ...(one.decidedBy === null ? [] : [one.decidedBy])]);
  const names = await namesFor(deps, [], pseudonyms);
  const text = (size: bigint | undefined): string | null => (size === undefined ? null : String(size));
  return page(
    deps,
    ctx,
    logBreaksPage,
    {
      broken: broken && {
        kind: broken.kind,
        log: broken.log,
        signed: text(broken.signed?.size),
        published: text(broken.published?.size),
        held: String(broken.held.size),
      },
      rows: breaks.map((one) => ({
        id: one.id,
        log: one.log,
        signed: text(one.signed?.size),
        held: String(one.held.size),
        reason: one.reason,
        words: one.words,
        at: one.proposedAt.toISOString(),
        by: whoIs(texts, names, one.proposedBy),
        own: one.proposedPerson === ctx.actor.personId,
        decidedBy: one.decidedBy === null ? null : whoIs(texts, names, one.decidedBy),
        decision: one.decision,
      })),
      mayPropose: deps.access.mayEver(ctx.actor, 'log.propose_break'),
      mayAgree: deps.access.mayEver(ctx.actor, 'log.agree_break'),
      form,
    },
    { status: form.errors.length > 0 ? 422 : 200 },
  );
}

/** Why the log cannot go on after a restore, and how two persons close it. */
export function logBreakPages(deps: HttpDeps): Route[] {
  return [
    definePage({ method: 'get', path: paths.logBreaks, name: 'logBreaksPage', guard: 'log.view_break', handler: (ctx) => show(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.logBreaks,
      name: 'proposeLogBreakForm',
      guard: 'log.propose_break',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const reason = BREAK_REASONS.find((one) => one === textOf(body, 'reason')) ?? 'other';
        const tried = await attempt(() => proposeBreak(closingOf(deps), ctx.actor, { reason, words: textOf(body, 'words') }));
        if ('done' in tried) return redirectWith(paths.logBreaks, { kind: 'good', code: 'log_break_proposed' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.logBreaks, tried.refused);
        return show(deps, standingAt(ctx, paths.logBreaks), refusedForm(body, tried.refused));
      },
    }),
    definePage({
      method: 'post',
      path: `${paths.logBreaks}/:id`,
      name: 'decideLogBreakForm',
      guard: 'log.agree_break',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ agree: z.enum(['0', '1']) }),
      handler: (ctx, { params, body }) =>
        actAt(paths.logBreaks, body.agree === '1' ? 'log_break_agreed' : 'log_break_refused', () =>
          decideOnBreak(closingOf(deps), ctx.actor, params.id, body.agree === '1'),
        ),
    }),
  ];
}
