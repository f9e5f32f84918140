import type { Actor } from '../../audit/index.js';
import type { RecordsDeps } from '../deps.js';
import type { CatalogueRow } from './prepare.js';

/** Whether this actor may hand in such a record; throws `forbidden`. Rules see it as it will stand in the catalogue. */
export function authorizeCapture(deps: RecordsDeps, actor: Actor, row: CatalogueRow): void {
  deps.access.authorize(actor, 'record.capture', {
    service_type: row.service_type,
    client_type: row.client_type,
    department: row.department,
    sensitivity: row.sensitivity,
    medium: row.medium,
    channel: row.channel,
    state: 'received',
    restricted: false,
    fonds: row.fonds,
    staff_account: actor.accountId ?? '',
  });
}
