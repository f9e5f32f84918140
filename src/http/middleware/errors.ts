import type { Middleware, ParameterizedContext } from 'koa';
import { CodedError } from '../../errors/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import { langOf, themeOf } from '../context.js';
import type { HttpDeps } from '../deps.js';
import { asksToShow } from '../guard.js';
import { errorPage } from '../pages.js';
import { paths } from '../../ui/index.js';
import { SESSION_COOKIE } from './identify.js';

const FORGOTTEN = `${SESSION_COOKIE}=; Path=/; Secure; SameSite=Lax; HttpOnly; Max-Age=0`;

/** Turns whatever went wrong into an answer: problem details (RFC 9457) for the API, a page for people. */
export function errors(deps: HttpDeps): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw new CodedError('not_found');
      if (ctx.status === 405 || ctx.status === 501) throw new CodedError('method_not_allowed');
    } catch (error) {
      const coded = error instanceof CodedError ? error : new CodedError('internal', { cause: error });
      report(deps, ctx, coded, error);
      if (ctx.res.headersSent) {
        ctx.respond = false;
        ctx.res.destroy();
        return;
      }
      answerError(deps, ctx, coded);
    }
  };
}

function report(deps: HttpDeps, ctx: ParameterizedContext, coded: CodedError, error: unknown): void {
  if (coded.status < 500) return;
  deps.log.error('request.failed', error, { requestId: String(ctx.state['requestId']), code: coded.code });
}

function answerError(deps: HttpDeps, ctx: ParameterizedContext, error: CodedError): void {
  const page = !ctx.path.startsWith('/api/') && !ctx.path.startsWith('/static/');
  if (error.code === 'too_large' || error.code === 'too_many_files') ctx.set('Connection', 'close');
  if (error.code === 'locked_out' || error.code === 'too_many_requests') ctx.set('Retry-After', String(error.params['seconds'] ?? 60));
  // the cookie of a session that is over says nothing any more; kept, it would shut the page of signing in, too
  if (error.status === 401 && ctx.state['actor'] === undefined && ctx.cookies.get(SESSION_COOKIE)) ctx.append('Set-Cookie', FORGOTTEN);
  if (page && error.status === 401 && ctx.method === 'GET') {
    ctx.status = 303;
    ctx.set('Location', `/sign-in?next=${encodeURIComponent(ctx.url)}`);
    ctx.body = '';
    return;
  }
  if (page && asksToShow(error)) {
    ctx.status = 303;
    ctx.set('Location', `${paths.verify}?why=${error.code === 'second_factor_required' ? 'factor' : 'recent'}&next=${encodeURIComponent(cameFrom(ctx))}`);
    ctx.body = '';
    return;
  }
  ctx.status = error.status;
  if (page) {
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = errorPage(deps, { lang: langOf(ctx), theme: themeOf(ctx), requestId: String(ctx.state['requestId']), actor: ctx.state['actor'] }, error);
    return;
  }
  ctx.type = 'application/problem+json; charset=utf-8';
  ctx.body = JSON.stringify(problem(error, langOf(ctx), String(ctx.state['requestId'])));
}

/** Where to go back to once it was shown: the page that was asked for, or the one whose form was sent. */
function cameFrom(ctx: ParameterizedContext): string {
  if (ctx.method === 'GET') return ctx.url;
  const from = URL.canParse(ctx.get('Referer')) ? new URL(ctx.get('Referer')) : undefined;
  return from?.host === ctx.host ? from.pathname + from.search : paths.home;
}

/** Problem details of an error, its texts in both languages, the caller's first. */
export function problem(error: CodedError, lang: 'zh' | 'en', requestId: string): Record<string, unknown> {
  const texts = (one: 'zh' | 'en') => phrasesFor(one).errors[error.code];
  const detail = (one: 'zh' | 'en'): string => say(texts(one).todo, error.params);
  return {
    type: `${paths.errorCodes}#${error.code}`,
    title: say(texts(lang).title, error.params),
    status: error.status,
    code: error.code,
    detail: detail(lang),
    requestId,
    texts: {
      zh: { title: say(texts('zh').title, error.params), detail: detail('zh') },
      en: { title: say(texts('en').title, error.params), detail: detail('en') },
    },
    fields: error.fields.map((one) => ({
      field: one.field,
      code: one.code,
      ...(one.params ? { params: one.params } : {}),
      texts: { zh: fieldText('zh', one.code, one.params), en: fieldText('en', one.code, one.params) },
    })),
  };
}

/** The text of a field's error; an unknown code falls back to the general one, so that nothing is ever shown bare. */
export function fieldText(lang: 'zh' | 'en', code: string, params: Record<string, string | number> = {}): string {
  const known = phrasesFor(lang).fieldErrors as Record<string, string>;
  return say(known[code] ?? phrasesFor(lang).fieldErrors.invalid, params);
}
