import type { PolicySet } from '../access/index.js';
import type { Accounts } from '../accounts/index.js';
import type { RecordsDeps } from '../records/index.js';
import type { SearchDeps } from '../search/index.js';

/** What the use-cases of applications work with. */
export interface RequestsDeps extends Pick<
  RecordsDeps,
  'db' | 'audit' | 'access' | 'vault' | 'keystore' | 'schemes' | 'settings' | 'now' | 'assertOpen' | 'streams'
> {
  /** The rules that act now: who decides. */
  rules(): PolicySet;
  people: Pick<Accounts, 'holdersOf'>;
  search: SearchDeps;
}
