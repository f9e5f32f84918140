import type { DocumentSigner } from '../../documents/index.js';
import type { Painter } from '../../extract/index.js';
import type { RecordsDeps } from '../../records/index.js';
import type { RequestsDeps } from '../deps.js';

/** What certified copies are made with. */
export interface CertifyDeps extends RecordsDeps, Pick<RequestsDeps, 'rules' | 'people' | 'search'> {
  painter: Painter;
  /** Signs in the archive's name. */
  signer: DocumentSigner;
  archiveName: string;
}
