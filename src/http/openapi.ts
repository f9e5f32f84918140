import type Router from '@koa/router';
import { z } from 'zod';
import type { Route } from './route.js';

/** Problem details (RFC 9457) with our stable code and texts in both languages. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    texts: z.object({ zh: z.object({ title: z.string(), detail: z.string() }), en: z.object({ title: z.string(), detail: z.string() }) }),
    fields: z.array(
      z.object({
        field: z.string(),
        code: z.string(),
        params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
        texts: z.object({ zh: z.string(), en: z.string() }),
      }),
    ),
  })
  .meta({ id: 'Problem' });

type Json = Record<string, unknown>;

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json;
  return rest;
}

function parameters(route: Route): Json[] {
  const list: Json[] = [];
  for (const [place, schema] of [
    ['path', route.params],
    ['query', route.query],
  ] as const) {
    if (!schema) continue;
    const object = jsonSchema(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
    for (const [name, one] of Object.entries(object.properties ?? {})) {
      list.push({ name, in: place, required: place === 'path' || (object.required ?? []).includes(name), schema: one });
    }
  }
  return list;
}

function requestBody(route: Route): Json | undefined {
  if (route.multipart) return { required: true, content: { 'multipart/form-data': { schema: route.multipart } } };
  if (!route.body) return undefined;
  return {
    required: true,
    content: { [route.bodyKind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json']: { schema: jsonSchema(route.body, 'input') } },
  };
}

function responses(route: Route): Json {
  const result: Json = {};
  for (const [status, schema] of Object.entries(route.responses ?? {})) {
    result[status] = { description: 'OK', content: { 'application/json': { schema: jsonSchema(schema, 'output') } } };
  }
  if (route.streams)
    result['200'] = { description: 'OK', content: Object.fromEntries(route.streams.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])) };
  if (Object.keys(result).length === 0) result['204'] = { description: 'Done' };
  result['default'] = { description: 'Problem', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return result;
}

/** The OpenAPI 3.1 description of all API routes, from the schemas that validate them. */
export function describeApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (route.kind !== 'api') continue;
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const body = requestBody(route);
    (paths[path] ??= {})[route.method] = {
      operationId: route.name,
      ...(route.summary ? { summary: route.summary } : {}),
      tags: [route.tag ?? 'archive'],
      security: route.guard === 'public' ? [] : [{ session: [] }, { token: [] }],
      'x-act': route.guard,
      parameters: parameters(route),
      ...(body ? { requestBody: body } : {}),
      responses: responses(route),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lantai',
      version,
      description: 'Secure records archive for customer service. Errors are problem details (RFC 9457) with a stable `code`.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: '__Host-lantai' }, token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** `GET /api/v1/openapi.json` */
export function mountApiDescription(router: Router, routes: readonly Route[], version: string): void {
  const text = JSON.stringify(describeApi(routes, version));
  router.get('describeApi', '/api/v1/openapi.json', (ctx) => {
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = text;
  });
}
