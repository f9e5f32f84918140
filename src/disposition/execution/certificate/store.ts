import { type Queryable, sql } from '../../../db/index.js';
import { REQUEST_NUMBER } from '../../register/store.js';

export interface ErasureRow {
  request: string;
  outcome: 'fulfil' | 'partly';
  decided_at: Date;
}

/** The decided request behind a register of erasure; `undefined` for one whose terms were over. */
export function erasureBehind(on: Queryable, register: string): Promise<ErasureRow | undefined> {
  return on.maybe<ErasureRow>(sql`
    select ${REQUEST_NUMBER} as request, q.outcome, q.decided_at from destruction_registers g join privacy_requests q on q.id = g.request_id
    where g.id = ${register} and g.kind = 'erasure'`);
}
