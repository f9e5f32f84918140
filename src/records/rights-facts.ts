/** What the rules look at of a record, beside its state, as the catalogue keeps it. */
export interface RightsRow {
  service_type: string;
  client_type: string;
  sensitivity: string;
  department: string;
  medium: string;
  channel: string;
  purposes: readonly string[];
}

/** The same as facts of an entry: who could have read a record on a past day follows from the log alone. */
export function rightsFacts(row: RightsRow): Record<string, string | string[]> {
  return {
    serviceType: row.service_type,
    clientType: row.client_type,
    sensitivity: row.sensitivity,
    department: row.department,
    medium: row.medium,
    channel: row.channel,
    purposes: [...row.purposes],
  };
}
