import type { DocumentSigner } from '../documents/index.js';
import type { RecordsDeps } from '../records/index.js';
import type { PrivacyPolicies } from './policy.js';

/** What the use-cases of privacy requests work with. */
export interface PrivacyDeps extends RecordsDeps {
  policies: PrivacyPolicies;
  /** Name of the archive, for letters and packages. */
  archiveName: string;
  /** Signs letters and the overview of a copy in the archive's name. */
  signer: DocumentSigner;
}
