import { timeClass } from '../../classification/index.js';
import type { Channel, ClientType, Medium, RecordState, Sensitivity, ServiceType, TimeClass } from '../values.js';

export interface CatalogueRecord {
  id: string;
  archival_code: string | null;
  service_no: string;
  source_system: string;
  fonds: string;
  state: RecordState;
  complete: boolean;
  service_type: ServiceType;
  client_type: ClientType;
  medium: Medium;
  sensitivity: Sensitivity;
  channel: Channel;
  department: string;
  restricted: boolean;
  held: boolean;
  client_number: string;
  client_name_masked: string;
  client_phone_masked: string;
  staff_name: string;
  staff_number: string;
  title: string;
  tags: string[];
  year: number;
  opened_at: Date;
  closed_at: Date;
  received_at: Date;
  archived_at: Date | null;
  evaluation: number | null;
  term_until: string;
  term_rule: string;
  file_count: number;
  batch_id: string;
  special_term: 'none' | 'asked' | 'confirmed' | 'refused';
}

/** A line of the catalogue as people and machines see it; personal data is masked (R85). */
export interface RecordSummary {
  id: string;
  archivalCode: string | null;
  serviceNo: string;
  sourceSystem: string;
  fonds: string;
  state: RecordState;
  complete: boolean;
  serviceType: ServiceType;
  clientType: ClientType;
  medium: Medium;
  sensitivity: Sensitivity;
  timeClass: TimeClass;
  channel: Channel;
  department: string;
  restricted: boolean;
  held: boolean;
  client: { number: string; name: string; phone: string };
  staff: { name: string; number: string };
  title: string;
  tags: string[];
  /** Year of closing in the archive's zone, as in the archival code. */
  year: number;
  openedAt: string;
  closedAt: string;
  receivedAt: string;
  archivedAt: string | null;
  evaluation: number | null;
  keptUntil: string;
  fileCount: number;
  batchId: string;
}

export function summaryOf(row: CatalogueRecord, now: Date, zone: string): RecordSummary {
  return {
    id: row.id,
    archivalCode: row.archival_code,
    serviceNo: row.service_no,
    sourceSystem: row.source_system,
    fonds: row.fonds,
    state: row.state,
    complete: row.complete,
    serviceType: row.service_type,
    clientType: row.client_type,
    medium: row.medium,
    sensitivity: row.sensitivity,
    timeClass: timeClass({ closedAt: row.closed_at, extended: row.state === 'extended' }, now, zone),
    channel: row.channel,
    department: row.department,
    restricted: row.restricted,
    held: row.held,
    client: { number: row.client_number, name: row.client_name_masked, phone: row.client_phone_masked },
    staff: { name: row.staff_name, number: row.staff_number },
    title: row.title,
    tags: row.tags,
    year: row.year,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    archivedAt: row.archived_at?.toISOString() ?? null,
    evaluation: row.evaluation,
    keptUntil: row.term_until,
    fileCount: row.file_count,
    batchId: row.batch_id,
  };
}
