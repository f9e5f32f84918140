import type { CanaryReport } from '../canary/look.js';

/** One thing that was looked at: how much of it, and what was found that should not be there. */
export interface Checked {
  what: 'keys' | 'keystores' | 'store' | 'catalogue' | 'index' | 'uploads' | 'previews' | 'canaries';
  looked: number;
  found: number;
}

/** What by nature is not gone yet, or is not in our hands; with the last date where there is one. */
export interface Remains {
  what: 'locked_copies' | 'backups' | 'write_ahead_log' | 'free_pages' | 'usage_records' | 'disclosures' | 'certified_copies';
  count?: number;
  until?: string;
}

export interface ClosureReport {
  at: string;
  /** Where canaries were among the records: what was looked through for them. */
  canaries?: CanaryReport;
  checked: Checked[];
  remains: Remains[];
}
