import type { RetentionSubject } from '../../retention/index.js';
import type { Channel, ClientType, Medium, Sensitivity, ServiceType } from '../values.js';

/** The columns of a record that retention rules look at. */
export interface TermFacts {
  closed_at: Date;
  service_type: string;
  client_type: string;
  channel: string;
  medium: string;
  sensitivity: string;
  tags: string[];
  has_feedback: boolean;
  special_term: string;
}

/** What the rules may look at, of a record in the catalogue. */
export function subjectOf(row: TermFacts): RetentionSubject {
  const special = row.special_term === 'asked' || row.special_term === 'confirmed' ? { specialTerm: row.special_term as 'asked' | 'confirmed' } : {};
  return {
    kind: 'service',
    closedAt: row.closed_at,
    serviceType: row.service_type as ServiceType,
    clientType: row.client_type as ClientType,
    channel: row.channel as Channel,
    medium: row.medium as Medium,
    sensitivity: row.sensitivity as Sensitivity,
    tags: row.tags,
    forms: row.has_feedback ? ['feedback'] : [],
    ...special,
  };
}
