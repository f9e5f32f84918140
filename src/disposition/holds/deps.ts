import type { Accounts } from '../../accounts/index.js';
import type { RecordsDeps } from '../../records/index.js';
import type { SearchDeps } from '../../search/index.js';
import type { ObjectStore } from '../../storage/index.js';

/** What the use-cases of holds work with. */
export interface HoldsDeps extends Pick<RecordsDeps, 'db' | 'audit' | 'access' | 'vault' | 'keystore' | 'settings' | 'now' | 'onTrouble'> {
  people: Pick<Accounts, 'holdersOf'>;
  /** The language of queries. */
  search: SearchDeps;
  store: Pick<ObjectStore, 'stat' | 'setLegalHold'>;
}
