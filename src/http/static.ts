import type Router from '@koa/router';
import { findAsset } from '../ui/index.js';

/** Style sheet, script and icon under names that change with their content. */
export function mountStatic(router: Router): void {
  router.get('static', '/static/:file', (ctx) => {
    const asset = findAsset(ctx.path);
    if (!asset) return;
    ctx.type = asset.type;
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.body = asset.body;
  });
}
