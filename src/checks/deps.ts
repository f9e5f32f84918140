import type { ScheduleSet } from '../retention/index.js';
import type { KeeperDeps } from '../vault/index.js';

export interface ChecksDeps extends KeeperDeps {
  schedules: Pick<ScheduleSet, 'get'>;
  /** Told when a check found something, or could not go on. */
  onTrouble: (reason: string) => void;
}
