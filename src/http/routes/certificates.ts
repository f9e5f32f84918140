import { z } from 'zod';
import type { CertificateView } from '../../vault/index.js';
import { contentDisposition } from '../disposition.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, type Reply, type Route } from '../route.js';

const certificate = z.object({
  kind: z.enum(['authority', 'signing']),
  generation: z.int(),
  subject: z.string(),
  fingerprint: z.string(),
  from: z.string(),
  until: z.string(),
  pem: z.string(),
});

const shown = (one: CertificateView): z.input<typeof certificate> => ({ ...one, from: one.from.toISOString(), until: one.until.toISOString() });

const PEM = 'application/x-pem-file';

/** What verifies the archive's documents. Certificates are public: whoever holds a document must be able to check it. */
export function certificateRoutes(deps: HttpDeps): Route[] {
  const file = (kind: 'authority' | 'signing', summary: string): Route =>
    defineRoute({
      method: 'get',
      path: `/api/v1/certificates/${kind}.pem`,
      name: kind === 'authority' ? 'authorityCertificate' : 'signingCertificate',
      tag: 'certificates',
      summary,
      guard: 'public',
      kind: 'api',
      streams: [PEM],
      async handler(): Promise<Reply> {
        const one = (await deps.certificates.current())[kind];
        const name = `lantai-${kind}-${one.generation}.pem`;
        return { body: Buffer.from(one.pem), type: PEM, headers: { 'Content-Disposition': contentDisposition(name, PEM, 'download') } };
      },
    });
  return [
    file('authority', 'The certificate of the archive’s own authority, which a verifier of its documents imports.'),
    file('signing', 'The certificate that documents are signed with now.'),
    defineRoute({
      method: 'get',
      path: '/api/v1/certificates',
      name: 'listCertificates',
      tag: 'certificates',
      summary: 'Every certificate that the archive ever issued for its documents, newest first.',
      guard: 'public',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(certificate) }) },
      handler: async () => ({ json: { items: (await deps.certificates.all()).map(shown) } }),
    }),
  ];
}
