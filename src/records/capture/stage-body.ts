import type { Staged } from '../../vault/index.js';
import type { RecordsDeps } from '../deps.js';
import type { StagedFile } from './files.js';
import { bodyBytes, type BodyFile, type Prepared } from './prepare.js';

/** Seals and stores the body of a version, after its files, whose names and sizes it holds; `before` are those of earlier versions. */
export async function stageBody(deps: RecordsDeps, prepared: Prepared, files: readonly StagedFile[], before: readonly BodyFile[] = []): Promise<Staged> {
  const bytes = bodyBytes(prepared.draft, [...before, ...files.map((file) => file.body)]);
  return deps.vault.stage({ recordId: prepared.id, versionId: prepared.versionId, fonds: prepared.row.fonds, body: bytes, size: bytes.length });
}
