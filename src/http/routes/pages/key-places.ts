import { z } from 'zod';
import { phrasesFor } from '../../../phrases/index.js';
import { EMPTY_FORM, type FormState, keyPlacesPage, paths } from '../../../ui/index.js';
import { CONFIRMED_DAYS, decidePlaceEnd, listPlaceEnds, listPlaces, PLACE_FATES, proposePlaceEnd } from '../../../vault/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { namesFor, whoIs } from './audit-rows.js';
import { attempt, formBody, refusedForm, textOf } from './common.js';

async function show(deps: HttpDeps, ctx: RequestContext, form: FormState = EMPTY_FORM): Promise<Reply> {
  const places = await listPlaces(deps.keeper, ctx.actor);
  const ends = await listPlaceEnds(deps.keeper, ctx.actor);
  const texts = phrasesFor(ctx.lang).audit;
  const pseudonyms = ends.flatMap((one) => [one.proposedBy, ...(one.decidedBy === null ? [] : [one.decidedBy])]);
  const names = await namesFor(deps, [], pseudonyms);
  return page(
    deps,
    ctx,
    keyPlacesPage,
    {
      places: places.map(({ id, place, firstSeen, ended }) => ({ id, place, since: firstSeen, ended })),
      ends: ends.map((one) => ({
        id: one.id,
        place: one.place,
        fate: one.fate,
        words: one.words,
        at: one.proposedAt.toISOString(),
        by: whoIs(texts, names, one.proposedBy),
        own: one.proposedPerson === ctx.actor.personId,
        decidedBy: one.decidedBy === null ? null : whoIs(texts, names, one.decidedBy),
        decision: one.executedAt === null ? one.decision : ('executed' as const),
      })),
      days: CONFIRMED_DAYS,
      mayPropose: deps.access.mayEver(ctx.actor, 'key.propose_end'),
      mayConfirm: deps.access.mayEver(ctx.actor, 'key.confirm_end'),
      form,
    },
    { status: form.errors.length > 0 ? 422 : 200 },
  );
}

/** Places of the keystore, and how two persons say that one is gone for good. */
export function keyPlacePages(deps: HttpDeps): Route[] {
  return [
    definePage({ method: 'get', path: paths.keyPlaces, name: 'keyPlacesPage', guard: 'key.status', handler: (ctx) => show(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.keyPlaces,
      name: 'proposePlaceEndForm',
      guard: 'key.propose_end',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const fate = PLACE_FATES.find((one) => one === textOf(body, 'fate'));
        const input = { place: textOf(body, 'place'), words: textOf(body, 'words') };
        const tried = await attempt(() => proposePlaceEnd(deps.keeper, ctx.actor, { ...input, fate: fate ?? ('' as never) }));
        if ('done' in tried) return redirectWith(paths.keyPlaces, { kind: 'good', code: 'place_end_proposed' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.keyPlaces, tried.refused);
        return show(deps, standingAt(ctx, paths.keyPlaces), refusedForm(body, tried.refused));
      },
    }),
    definePage({
      method: 'post',
      path: `${paths.keyPlaces}/:id`,
      name: 'decidePlaceEndForm',
      guard: 'key.confirm_end',
      params: idParams,
      bodyKind: 'form',
      body: z.object({ agree: z.enum(['0', '1']) }),
      handler: (ctx, { params, body }) =>
        actAt(paths.keyPlaces, body.agree === '1' ? 'place_end_confirmed' : 'place_end_refused', () =>
          decidePlaceEnd(deps.keeper, ctx.actor, params.id, body.agree === '1'),
        ),
    }),
  ];
}
