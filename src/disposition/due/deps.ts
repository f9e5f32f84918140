import type { RecordsDeps, Rules } from '../../records/index.js';

/** What the use-cases of terms and due records work with. */
export interface DueDeps extends RecordsDeps {
  /** Schedules over their life. */
  rules: Pick<Rules, 'list'>;
}
