import { z } from 'zod';
import { certifyCopy, certifyInput, CERTIFY_LIMITS, fetchCertifiedCopy, listCertifiedCopies, type CertifyDeps } from '../../requests/index.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const PDF = 'application/pdf';
const copySchema = z
  .object({
    id: z.uuid(),
    number: z.string(),
    requestId: z.uuid(),
    recordId: z.uuid(),
    pages: z.int(),
    boxes: z.int(),
    size: z.int(),
    digest: z.string(),
    madeBy: z.uuid(),
    madeAt: z.string().meta({ format: 'date-time' }),
  })
  .meta({ id: 'CertifiedCopy' });

/** What certified copies need, of what the HTTP layer is given. */
export const certifyDeps = (deps: HttpDeps): CertifyDeps => ({
  ...deps.records,
  ...deps.requests,
  painter: deps.painter,
  signer: deps.signer,
  archiveName: deps.config.archiveName,
});

/** Certified copies for approved applications from outside. */
export function certifiedCopyRoutes(deps: HttpDeps): Route[] {
  const certify = certifyDeps(deps);
  const api = { kind: 'api', tag: 'requests', guard: 'copy.certify', params: idParams } as const;
  return [
    defineRoute({
      ...api,
      method: 'post',
      path: '/api/v1/requests/:id/certified-copies',
      name: 'certifyCopy',
      summary: `Make a certified copy of chosen pages of one record, at most ${CERTIFY_LIMITS.pages}, with rectangles blacked out (shares of a page's width and height); needs an application from outside that was approved as a copy, and a second factor.`,
      body: certifyInput,
      responses: { 201: z.object({ id: z.uuid(), number: z.string(), pages: z.int(), digest: z.string() }) },
      async handler(ctx, { params, body }) {
        const made = await certifyCopy(certify, ctx.actor, params.id, body);
        return { status: 201, json: { ...made }, headers: { Location: `/api/v1/certified-copies/${made.id}` } };
      },
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/requests/:id/certified-copies',
      name: 'listCertifiedCopies',
      summary: 'The certified copies of one application, by number.',
      responses: { 200: z.object({ items: z.array(copySchema) }) },
      handler: async (ctx, { params }) => ({ json: { items: await listCertifiedCopies(certify, ctx.actor, params.id) } }),
    }),
    defineRoute({
      ...api,
      method: 'get',
      path: '/api/v1/certified-copies/:id',
      name: 'fetchCertifiedCopy',
      summary: 'A certified copy as it was made, a signed PDF; an entry stands in the log before its first byte.',
      streams: [PDF],
      async handler(ctx, { params }) {
        const { number, pdf } = await fetchCertifiedCopy(certify, ctx.actor, params.id);
        return {
          body: pdf,
          type: PDF,
          headers: {
            'Cache-Control': 'no-store',
            'X-Content-Type-Options': 'nosniff',
            'Content-Disposition': contentDisposition(`${number}.pdf`, PDF, 'download'),
          },
        };
      },
    }),
  ];
}
