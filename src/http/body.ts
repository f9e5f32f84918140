import type { IncomingMessage } from 'node:http';
import { CodedError } from '../errors/index.js';

/** Reads at most `limit` bytes of a body as UTF-8. Throws `too_large`, or `invalid_request` on bytes that are not UTF-8. */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) {
    request.resume();
    throw new CodedError('too_large', { params: { max: limit } });
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      request.resume();
      throw new CodedError('too_large', { params: { max: limit } });
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new CodedError('invalid_request', { fields: [{ field: 'body', code: 'not_utf8' }] });
  }
}

/** Parses a JSON body. A missing body is `{}`, so that the schema names what is missing. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new CodedError('invalid_request', { fields: [{ field: 'body', code: 'not_json' }] });
  }
}

/** A form's fields as an object; a repeated name becomes a list. Empty fields are left out, as a person leaves them. */
export function parseForm(text: string): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '') continue;
    const before = result[name];
    if (before === undefined) result[name] = value;
    else result[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return { ...result };
}
