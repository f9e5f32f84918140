import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Act } from '../access/index.js';
import type { Actor } from '../audit/index.js';
import type { Lang } from '../phrases/index.js';
import { z } from 'zod';
import type { UploadParts } from './multipart.js';

/**
 * Who may call: anybody, whoever is signed in, or who may do an act somewhere (the use-case then decides on the very record).
 * `own` is for the own session, password and second factor alone: it does not wait for a second factor that a role needs.
 */
export type Guard = 'public' | 'own' | 'signed-in' | Act;

/** What a handler may know of a request. */
export interface RequestContext {
  actor: Actor;
  lang: Lang;
  theme: 'auto' | 'light' | 'dark';
  /** Path and query as asked, for links back to the same view. */
  url: string;
  /** The idempotency key of the caller, where sent; 1 to 128 printable characters. */
  idempotencyKey: string | undefined;
  header(name: string): string;
  cookie(name: string): string | undefined;
  /** Parts of a `multipart/form-data` body, in order, unbuffered. */
  parts(limits?: { fileBytes?: number; files?: number }): UploadParts;
  /** The body unparsed, where a route takes a stream. */
  readonly raw: IncomingMessage;
  /** Aborted when the client goes away before the answer is complete. */
  readonly gone: AbortSignal;
}

export interface Reply {
  status?: number;
  /** Validated against the route's schema for this status; undeclared fields are stripped. */
  json?: unknown;
  html?: string;
  body?: Buffer;
  stream?: Readable;
  type?: string;
  headers?: Record<string, string>;
  redirect?: string;
  cookies?: CookieToSet[];
}

export interface CookieToSet {
  name: string;
  value: string;
  /** Seconds; 0 removes the cookie; left out = until the browser closes. */
  maxAge?: number;
  httpOnly?: boolean;
}

type Schema = z.ZodType;
type Out<S> = S extends Schema ? z.output<S> : undefined;

/** Multipart and stream bodies are read by the handler, under their own limits. */
export type BodyKind = 'none' | 'json' | 'form' | 'multipart' | 'stream';

export interface RouteSpec<P extends Schema | undefined, Q extends Schema | undefined, B extends Schema | undefined> {
  method: 'get' | 'post' | 'put' | 'delete';
  /** Path in @koa/router form. */
  path: string;
  /** Operation id in the API description, and the route's name in the audit log. */
  name: string;
  guard: Guard;
  /** A page answers errors with a page and asks strangers to sign in; the API answers with problem details. */
  kind: 'api' | 'page';
  /** One sentence for the API description. */
  summary?: string;
  tag?: string;
  params?: P;
  query?: Q;
  body?: B;
  bodyKind?: BodyKind;
  /** Bytes of a parsed body; default from configuration. */
  bodyLimit?: number;
  /** For a multipart body: its description in OpenAPI terms. */
  multipart?: Record<string, unknown>;
  /** JSON answers by status. */
  responses?: Record<number, Schema>;
  /** Media types of a streamed answer. */
  streams?: string[];
  handler(ctx: RequestContext, input: { params: Out<P>; query: Out<Q>; body: Out<B> }): Promise<Reply>;
}

/** A route with its types erased, as the server mounts it. */
export type Route = RouteSpec<Schema | undefined, Schema | undefined, Schema | undefined>;

/** Declares a route; the schemas validate what comes in and what goes out, and describe both. */
export function defineRoute<P extends Schema | undefined = undefined, Q extends Schema | undefined = undefined, B extends Schema | undefined = undefined>(
  spec: RouteSpec<P, Q, B>,
): Route {
  return spec;
}

/** A page: GET shows, POST acts and redirects. */
export function definePage<P extends Schema | undefined = undefined, Q extends Schema | undefined = undefined, B extends Schema | undefined = undefined>(
  spec: Omit<RouteSpec<P, Q, B>, 'kind'>,
): Route {
  return { ...spec, kind: 'page' } as unknown as Route;
}

export const idParams = z.strictObject({ id: z.uuid() });
