import { pipeline } from 'node:stream/promises';
import type { ParameterizedContext } from 'koa';
import { Forbidden } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import { check, CodedError, isCoded } from '../errors/index.js';
import { parseForm, parseJson, readText } from './body.js';
import { contextOf } from './context.js';
import type { HttpDeps } from './deps.js';
import { asksToShow, guard, logRefusal } from './guard.js';
import type { Reply, Route } from './route.js';
import { assertSound } from './sound.js';

/** Steps of every request: guard, validate, handle, validate the answer, send. */
export async function answer(deps: HttpDeps, ctx: ParameterizedContext, route: Route): Promise<void> {
  const request = contextOf(deps, ctx);
  await guard(deps, request.actor, route);
  const input = {
    params: route.params && sound(route.params, ctx['params']),
    query: route.query && sound(route.query, queryOf(ctx)),
    body: route.body && sound(route.body, await bodyOf(deps, ctx, route)),
  };
  const reply = await route.handler(request, input).catch((error: unknown) => refused(deps, request.actor, route, error));
  await send(ctx, route, reply);
}

function sound<S extends NonNullable<Route['body']>>(schema: S, value: unknown): ReturnType<typeof check<S>> {
  assertSound(value);
  return check(schema, value);
}

/** What a use-case refused by the rules is on record like a refusal at the door. */
async function refused(deps: HttpDeps, actor: Actor, route: Route, error: unknown): Promise<never> {
  if (error instanceof Forbidden) await logRefusal(deps, actor, route, error.act);
  if (isCoded(error) && asksToShow(error)) await logRefusal(deps, actor, route, String(error.params['act'] ?? route.guard), error.code);
  throw error;
}

function queryOf(ctx: ParameterizedContext): Record<string, string | string[]> {
  return parseForm(ctx.querystring);
}

async function bodyOf(deps: HttpDeps, ctx: ParameterizedContext, route: Route): Promise<unknown> {
  const kind = route.bodyKind ?? 'json';
  const limit = route.bodyLimit ?? deps.config.limits.jsonBytes;
  if (kind === 'none') return {};
  const type = ctx.request.type;
  if (kind === 'form') {
    if (type !== '' && type !== 'application/x-www-form-urlencoded') throw new CodedError('unsupported_type');
    return parseForm(await readText(ctx.req, limit));
  }
  if (type !== '' && type !== 'application/json') throw new CodedError('unsupported_type');
  return parseJson(await readText(ctx.req, limit));
}

async function send(ctx: ParameterizedContext, route: Route, reply: Reply): Promise<void> {
  for (const cookie of reply.cookies ?? []) {
    ctx.append(
      'Set-Cookie',
      `${cookie.name}=${encodeURIComponent(cookie.value)}; Path=/; Secure; SameSite=Lax${cookie.httpOnly === false ? '' : '; HttpOnly'}${cookie.maxAge === undefined ? '' : `; Max-Age=${cookie.maxAge}`}`,
    );
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) ctx.set(name, value);
  if (reply.redirect !== undefined) {
    ctx.status = 303;
    ctx.set('Location', reply.redirect);
    ctx.body = '';
    return;
  }
  ctx.status = reply.status ?? 200;
  if (reply.stream) {
    ctx.respond = false; // a stream that breaks must cut the connection, never look complete
    ctx.type = reply.type ?? 'application/octet-stream';
    ctx.res.flushHeaders();
    if (ctx.method === 'HEAD') reply.stream.destroy();
    await pipeline(reply.stream, ctx.res).catch(() => ctx.res.destroy());
    return;
  }
  if (reply.body !== undefined) {
    ctx.type = reply.type ?? 'application/octet-stream';
    ctx.body = reply.body;
    return;
  }
  if (reply.html !== undefined) {
    ctx.type = reply.type ?? 'text/html; charset=utf-8';
    ctx.body = reply.html;
    return;
  }
  if (reply.json === undefined) {
    if (reply.status === undefined) ctx.status = 204;
    return;
  }
  const schema = route.responses?.[ctx.status];
  if (!schema) throw new Error(`route ${route.name} answers ${ctx.status}, which it does not declare`);
  const parsed = schema.safeParse(reply.json);
  if (!parsed.success)
    throw new Error(
      `route ${route.name} answers against its schema: ${parsed.error.issues.map((i) => `${i.path.map(String).join('.')} ${i.code}`).join('; ')}`,
    );
  ctx.type = reply.type ?? 'application/json; charset=utf-8';
  ctx.body = JSON.stringify(parsed.data);
}
