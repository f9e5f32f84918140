import { Readable } from 'node:stream';
import type { ExecutionContext } from 'ava';
import { createExtractor, type Extracted, type ExtractInput, type ExtractLimits, type Extractor, type ExtractResult } from '../../src/extract/index.js';

/** An extractor that ends with the test. */
export function extractorFor(t: ExecutionContext, limits: Partial<ExtractLimits> = {}): Extractor {
  const extractor = createExtractor(limits);
  t.teardown(() => extractor.close());
  return extractor;
}

/** A file in memory, given in pieces as a vault gives it. */
export function given(bytes: Buffer, extension: string, mediaType = ''): ExtractInput {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) pieces.push(bytes.subarray(at, at + 16_384));
  return { body: Readable.from(pieces), size: bytes.length, extension, mediaType };
}

/** The text of a file that must have one. */
export async function textOf(t: ExecutionContext, extractor: Extractor, bytes: Buffer, extension: string, mediaType = ''): Promise<Extracted> {
  const result = await extractor.extract(given(bytes, extension, mediaType));
  if (!result.ok) {
    t.fail(`${extension}: ${result.reason}`);
    return { text: '', truncated: false, ocr: false, pages: null, notes: [] };
  }
  return result.value;
}

export const reasonOf = (result: ExtractResult): string => (result.ok ? `text of ${result.value.text.length}` : result.reason);
