import type { ParameterizedContext } from 'koa';
import type { Actor } from '../audit/index.js';
import { invalidField } from '../errors/index.js';
import type { Lang } from '../phrases/index.js';
import type { HttpDeps } from './deps.js';
import { readParts } from './multipart.js';
import type { RequestContext } from './route.js';

export const LANG_COOKIE = '__Host-lang';
export const THEME_COOKIE = '__Host-theme';

/** Fields of an upload beside its files: a record's JSON is one of them. */
const UPLOAD_FIELDS = 200;

/** Chinese unless the person chose English (cookie), or the API caller asks for it (`Accept-Language`). */
export function langOf(ctx: ParameterizedContext): Lang {
  const chosen = ctx.cookies.get(LANG_COOKIE);
  if (chosen === 'zh' || chosen === 'en') return chosen;
  if (!ctx.path.startsWith('/api/')) return 'zh';
  return ctx.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh';
}

export function themeOf(ctx: ParameterizedContext): 'auto' | 'light' | 'dark' {
  const chosen = ctx.cookies.get(THEME_COOKIE);
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
}

export function contextOf(deps: HttpDeps, ctx: ParameterizedContext): RequestContext {
  const gone = new AbortController();
  ctx.res.once('close', () => {
    if (!ctx.res.writableFinished) gone.abort();
  });
  const key = ctx.get('Idempotency-Key');
  if (key !== '' && !/^[\x21-\x7e]{1,128}$/.test(key)) throw invalidField('Idempotency-Key', 'invalid');
  const { limits } = deps.config;
  return {
    actor: ctx.state['actor'] as Actor,
    lang: langOf(ctx),
    theme: themeOf(ctx),
    url: ctx.url,
    idempotencyKey: key === '' ? undefined : key,
    header: (name) => ctx.get(name),
    cookie: (name) => ctx.cookies.get(name),
    parts: (own) =>
      readParts(ctx.req, { fileBytes: limits.fileBytes, files: limits.filesPerRecord, fieldBytes: limits.jsonBytes, fields: UPLOAD_FIELDS, ...own }),
    raw: ctx.req,
    gone: gone.signal,
  };
}
