import type { Middleware } from 'koa';
import { CodedError } from '../../errors/index.js';
import type { HttpDeps } from '../deps.js';

/** Longest path and query together, in characters. */
export const MAX_URL = 4096;

/** Limits that hold before anything is parsed, and the refusal of hosts we are not (DNS rebinding). */
export function limits(deps: HttpDeps): Middleware {
  const expected = deps.config.publicUrl ? new URL(deps.config.publicUrl).host : undefined;
  return async (ctx, next) => {
    if (ctx.url.length > MAX_URL) throw new CodedError('uri_too_long', { params: { max: MAX_URL } });
    if (!isOurs(ctx.get('Host'), expected, deps.config.host)) throw new CodedError('invalid_request', { fields: [{ field: 'Host', code: 'unknown_value' }] });
    if (!wellFormed(ctx.url)) throw new CodedError('invalid_request', { fields: [{ field: 'path', code: 'invalid' }] });
    await next();
  };
}

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d+)?$/;

function isOurs(host: string, expected: string | undefined, bound: string): boolean {
  if (expected !== undefined && host === expected) return true;
  if (LOOPBACK.test(host)) return true;
  return expected === undefined && host.replace(/:\d+$/, '') === bound;
}

function wellFormed(url: string): boolean {
  try {
    const decoded = decodeURIComponent(url.split('?', 1)[0] ?? '');
    return !decoded.includes('\0');
  } catch {
    return false;
  }
}
