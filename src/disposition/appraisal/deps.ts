import type { PolicySet } from '../../access/index.js';
import type { Accounts } from '../../accounts/index.js';
import type { DocumentSigner } from '../../documents/index.js';
import type { RecordsDeps } from '../../records/index.js';
import type { DispositionRules } from './rules.js';

/** What appraisals and destruction registers work with. */
export interface DispositionDeps extends Pick<RecordsDeps, 'db' | 'audit' | 'access' | 'vault' | 'streams' | 'keystore' | 'settings' | 'now' | 'assertOpen'> {
  /** The rules of appraisal and destruction that act now. */
  dispositionRules(): DispositionRules;
  /** Every version that lies in the folder. */
  dispositionVersions: readonly DispositionRules[];
  /** The access rules that act now: their profile says who stands for whom. */
  rules(): PolicySet;
  people: Pick<Accounts, 'holdersOf' | 'namesOfPersons'>;
  /** Name of the archive, for its documents. */
  archiveName: string;
  /** Signs documents in the archive's name. */
  signer: DocumentSigner;
}

/** What signed documents are made and kept with, by whoever makes them. */
export type PaperDeps = Pick<DispositionDeps, 'db' | 'audit' | 'access' | 'vault' | 'streams' | 'keystore' | 'now' | 'archiveName' | 'signer'> & {
  settings: Pick<DispositionDeps['settings'], 'fonds' | 'zone'>;
  people: Pick<DispositionDeps['people'], 'namesOfPersons'>;
};
