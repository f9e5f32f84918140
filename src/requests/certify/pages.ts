import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { Actor } from '../../audit/index.js';
import { CodedError, type ErrorCode } from '../../errors/index.js';
import { isPaintable, PAINT_LIMITS, type NoPage } from '../../extract/index.js';
import { readContent } from '../../records/index.js';
import type { CertifyDeps } from './deps.js';
import type { ChosenPage } from './input.js';

const ERRORS: Partial<Record<NoPage, ErrorCode>> = { no_such_page: 'not_found', too_large: 'too_large', too_slow: 'unavailable', busy: 'unavailable' };

/**
 * The chosen pages as pictures, in their order: blacked out and marked in the painting process, so that no text, layer or
 * property of the file comes along. Each file is read once, under the reading, and on record.
 */
export async function paintPages(
  deps: CertifyDeps,
  actor: Actor,
  readingId: string,
  chosen: readonly ChosenPage[],
  mark: readonly string[],
): Promise<Buffer[]> {
  const painted = new Map<ChosenPage, Buffer>();
  for (const fileId of new Set(chosen.map((one) => one.fileId))) {
    const content = await readContent(deps, actor, { readingId, fileId, kind: 'download', marked: true });
    if (!isPaintable(content.type) || content.size > PAINT_LIMITS.inputBytes) {
      content.body.destroy();
      throw new CodedError(isPaintable(content.type) ? 'too_large' : 'unsupported_type');
    }
    const bytes = await buffer(content.body);
    for (const one of chosen.filter((page) => page.fileId === fileId)) {
      const body = Readable.from([bytes], { objectMode: false });
      const result = await deps.painter.paint({ body, size: bytes.length, mediaType: content.type, page: one.page, mark, boxes: one.boxes });
      if (!result.ok) throw new CodedError(ERRORS[result.reason] ?? 'unsupported_type', { detail: result.reason });
      painted.set(one, result.value.jpeg);
    }
  }
  return chosen.map((one) => painted.get(one) ?? Buffer.alloc(0));
}
