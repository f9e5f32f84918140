import type { EntryInput } from '../../audit/index.js';
import { rightsFacts } from '../rights-facts.js';
import type { Intake, NewRecord } from './insert-store.js';
import type { ToArchive } from './store.js';

type Facts = NonNullable<EntryInput['facts']>;

/** What an entry says of a record that comes in: what the rules look at of it, and where it came from. */
export function receiveFacts(row: NewRecord, intake: Intake, restricted: boolean): Facts {
  return {
    batch: intake.batchId,
    import: intake.importId,
    files: row.file_count,
    complete: row.complete,
    scheme: row.scheme_version,
    ...rightsFacts({ ...row, purposes: JSON.parse(row.purposes) as string[] }),
    type: row.service_type,
    fonds: row.fonds,
    staff: intake.submittedAccount ?? '',
    restricted,
  };
}

/** What an entry says of a record that is archived: its code, its term and why. */
export function archiveFacts(row: Omit<ToArchive, 'id' | 'batch_id'>, code: string): Facts {
  return {
    code,
    closedAt: row.closed_at.toISOString(),
    rule: row.term_rule,
    until: row.term_until,
    minimum: row.term_minimum,
    schedule: row.schedule_version,
    department: row.department,
    sensitivity: row.sensitivity,
  };
}
