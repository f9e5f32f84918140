import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { isPaintable, type NoPage, type Painted, type Painter } from '../../extract/index.js';
import type { RecordsDeps } from '../deps.js';
import { readContent } from './content.js';

export interface PageRequest {
  readingId: string;
  fileId: string;
  /** From 1 on. */
  page: number;
  kind: 'view' | 'print';
  /** Who reads, under what, and when: burned into the pixels. */
  mark: readonly [string, ...string[]];
}

const ERRORS: Partial<Record<NoPage, 'not_found' | 'too_large' | 'unavailable'>> = {
  no_such_page: 'not_found',
  too_large: 'too_large',
  too_slow: 'unavailable',
  busy: 'unavailable',
};

/**
 * One page of a file as a picture that names its reader (R46). The access is on record before a byte is read, as for
 * every content; the file itself does not leave.
 */
export async function readPage(deps: RecordsDeps, painter: Painter, actor: Actor, request: PageRequest): Promise<Painted> {
  const { readingId, fileId, kind, page, mark } = request;
  const content = await readContent(deps, actor, { readingId, fileId, kind, marked: true, page });
  if (!isPaintable(content.type)) {
    content.body.destroy();
    throw new CodedError('unsupported_type');
  }
  const painted = await painter.paint({ body: content.body, size: content.size, mediaType: content.type, page, mark });
  if (painted.ok) return painted.value;
  throw new CodedError(ERRORS[painted.reason] ?? 'unsupported_type', { detail: painted.reason });
}
