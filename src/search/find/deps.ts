import type { RecordsDeps } from '../../records/index.js';
import type { FollowState } from '../follow/follower.js';
import type { SearchEngine } from '../port.js';
import type { Synonyms } from '../query/synonyms.js';

/** What finding works with. */
export interface SearchDeps extends RecordsDeps {
  engine: SearchEngine;
  synonyms: Synonyms;
  follower: { readonly state: FollowState; wake(): void; buildAnew(): void };
  /** Departments with their names, for what is typed. */
  departments(): Promise<readonly { code: string; names: { zh: string; en: string } }[]>;
}

/** What one's own searches and completion work with. */
export type CompletionDeps = RecordsDeps & Pick<SearchDeps, 'departments'>;
