import { z } from 'zod';
import { listNotices, markNoticesSeen, NOTICE_KINDS, openPaper } from '../../requests/index.js';
import type { HttpDeps } from '../deps.js';
import { contentDisposition, safeType } from '../disposition.js';
import { defineRoute, type Reply, type RequestContext, type Route } from '../route.js';

/** A paper of a person from outside, always as a file to save: nothing that came from outside is shown as a page of ours. */
export async function paperReply(deps: HttpDeps, ctx: RequestContext, asked: { id: string; paper: string }): Promise<Reply> {
  const paper = await openPaper(deps.requests, ctx.actor, { requestId: asked.id, paperId: asked.paper });
  return {
    stream: paper.body,
    type: safeType(paper.type, 'download'),
    headers: {
      'Content-Length': String(paper.size),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Disposition': contentDisposition(paper.name, paper.type, 'download'),
    },
  };
}

/** What approvers look at beside an application, and what people are told of applications. */
export function requestPaperRoutes(deps: HttpDeps): Route[] {
  const { requests } = deps;
  const api = { kind: 'api', tag: 'requests' } as const;
  return [
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/:id/papers/:paper',
      name: 'openRequestPaper',
      summary: 'Letter or proof of identity of a person from outside, for whoever may answer the step that is open; needs a second factor.',
      guard: 'request.decide',
      params: z.strictObject({ id: z.uuid(), paper: z.uuid() }),
      streams: ['application/octet-stream'],
      handler: (ctx, { params }) => paperReply(deps, ctx, params),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/notices',
      name: 'listRequestNotices',
      summary: 'What one was told of applications and has not seen, the oldest first.',
      guard: 'request.own',
      responses: {
        200: z.object({
          items: z.array(
            z.object({ id: z.uuid(), kind: z.enum(NOTICE_KINDS), requestId: z.uuid(), number: z.string(), at: z.string().meta({ format: 'date-time' }) }),
          ),
        }),
      },
      handler: async (ctx) => ({ json: { items: await listNotices(requests, ctx.actor) } }),
    }),
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/notices/seen',
      name: 'seeRequestNotices',
      guard: 'request.own',
      body: z.strictObject({ to: z.iso.datetime() }),
      async handler(ctx, { body }) {
        await markNoticesSeen(requests, ctx.actor, new Date(body.to));
        return {};
      },
    }),
  ];
}
