import { z } from 'zod';
import { accessMatrix } from '../../../access/index.js';
import { matrixPage, paths } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, type Route } from '../../route.js';

/** Which role may do what, computed from the rules that act now. */
export function matrixPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.access,
      name: 'accessMatrixPage',
      guard: 'policy.view',
      query: z.strictObject({ role: z.string().max(40, 'too_long').optional() }),
      async handler(ctx, { query }) {
        const roles = accessMatrix(deps.policies.active());
        return page(deps, ctx, matrixPage, {
          version: deps.access.version().replace(/^(.*sha256:.{12}).*$/, '$1'),
          roles,
          chosen: query.role ?? roles[0]?.role ?? '',
        });
      },
    }),
  ];
}
