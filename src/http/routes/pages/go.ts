import { z } from 'zod';
import { CodedError } from '../../../errors/index.js';
import { dossier, lookUp } from '../../../records/index.js';
import { paths } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { logRefusal } from '../../guard.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';

const GO_COOKIE = '__Host-go';
/** Seconds in which somebody may sign in on the way. */
const GO_SECONDS = 600;

const number = z
  .string()
  .trim()
  .min(1, 'missing')
  .max(64, 'too_long')
  .refine((text) => !/[\p{C}]/u.test(text), 'control_character');
const asked = z.strictObject({ no: number });
type Kind = 'record' | 'client';

/** The record of exactly this number that the viewer may find; `not_found` where there is none, whatever the reason, on record. */
async function goTo(deps: HttpDeps, ctx: RequestContext, kind: Kind, no: string): Promise<Reply> {
  if (kind === 'client') {
    if (await dossier(deps.records, ctx.actor, no)) return { redirect: paths.client(no) };
  } else {
    const { items } = await lookUp(deps.records, ctx.actor, no);
    const record = items.find((one) => one.by === 'serviceNo' || one.by === 'archivalCode');
    if (record !== undefined) return { redirect: paths.record(record.id) };
  }
  await logRefusal(deps, ctx.actor, { name: `go-${kind}` }, 'not_found');
  throw new CodedError('not_found');
}

/** What a help desk's form asked for, as the browser kept it while its person signed in. */
function kept(cookie: string | undefined): { kind: Kind; no: string } | undefined {
  const [, kind, text = ''] = /^(record|client)\.([\w-]{1,400})$/.exec(cookie ?? '') ?? [];
  const no = number.safeParse(Buffer.from(text, 'base64url').toString('utf8'));
  return kind !== undefined && no.success ? { kind: kind as Kind, no: no.data } : undefined;
}

/**
 * Links from a help desk: by a number of ours in the address, or posted, so that it stands in no address at all. Both
 * survive signing in. Posting changes nothing, so another site may: see `crossSite`.
 */
export function goPages(deps: HttpDeps): Route[] {
  const kinds = [
    ['record', 'record.list'],
    ['client', 'dossier.view'],
  ] as const;
  return [
    ...kinds.flatMap(([kind, act]): Route[] => [
      definePage({
        method: 'get',
        path: `/go/${kind}`,
        name: `go-${kind}`,
        guard: act,
        query: asked,
        handler: (ctx, { query }) => goTo(deps, ctx, kind, query.no),
      }),
      definePage({
        method: 'post',
        path: `/go/${kind}`,
        name: `post-go-${kind}`,
        guard: 'public',
        bodyKind: 'form',
        body: asked,
        handler: (_ctx, { body }) =>
          Promise.resolve({
            redirect: '/go',
            cookies: [{ name: GO_COOKIE, value: `${kind}.${Buffer.from(body.no).toString('base64url')}`, maxAge: GO_SECONDS }],
          }),
      }),
    ]),
    definePage({
      method: 'get',
      path: '/go',
      name: 'go',
      guard: 'signed-in',
      async handler(ctx) {
        const to = kept(ctx.cookie(GO_COOKIE));
        if (to === undefined) return { redirect: paths.home };
        deps.access.authorizeEver(ctx.actor, to.kind === 'client' ? 'dossier.view' : 'record.list');
        return { ...(await goTo(deps, ctx, to.kind, to.no)), cookies: [{ name: GO_COOKIE, value: '', maxAge: 0 }] };
      },
    }),
  ];
}
