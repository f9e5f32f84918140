import type { Readable } from 'node:stream';
import { invalidField } from '../../errors/index.js';
import { newId } from '../../db/index.js';
import { inspectStream } from '../../records/index.js';
import type { Staged } from '../../vault/index.js';
import type { RequestsDeps } from '../deps.js';
import { sealText } from '../seals.js';
import { PAPER_KINDS, REQUEST_LIMITS, type PaperKind } from '../values.js';
import type { NewPaper } from './store.js';

/** A paper of a person from outside, handed over with the application. `body` is read once. */
export interface PaperFile {
  kind: PaperKind;
  name: string;
  type?: string | undefined;
  body: Readable;
}

export interface StagedPaper {
  staged: Staged;
  row: NewPaper;
}

/** Seals and stores letter and proof of identity as they stream in, one of each; programs are refused as in any file. */
export async function stagePapers(deps: RequestsDeps, request: string, papers: AsyncIterable<PaperFile> | Iterable<PaperFile>): Promise<StagedPaper[]> {
  const done: StagedPaper[] = [];
  const versionId = newId();
  for await (const file of papers) {
    if (done.some((one) => one.row.kind === file.kind)) throw invalidField(file.kind, 'too_many', { max: 1 });
    const { inspected, body } = await inspectStream(file.body, file.name, file.type);
    const staged = await deps.vault.stage({ recordId: request, versionId, fonds: deps.settings.fonds, body, size: null, replay: false });
    if (staged.plainSize === 0) throw invalidField(file.kind, 'empty');
    if (staged.plainSize > REQUEST_LIMITS.paperBytes) throw invalidField(file.kind, 'too_large', { max: REQUEST_LIMITS.paperBytes });
    const id = newId();
    const name = sealText(deps, request, `paper/${id}`, inspected.name) ?? Buffer.alloc(0);
    done.push({ staged, row: { id, kind: file.kind, objectId: staged.objectId, name, type: inspected.type, size: staged.plainSize } });
  }
  const missing = PAPER_KINDS.find((kind) => !done.some((one) => one.row.kind === kind));
  if (missing) throw invalidField(missing, 'missing');
  return done;
}
