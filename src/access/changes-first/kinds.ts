/** What kinds of change wait in front of the audit administrator; texts stand under `pages.changes.kinds`. */
export const CHANGE_KINDS = ['role', 'policy', 'scheme', 'schedule', 'standing', 'signals', 'calendar', 'disposition', 'oversight'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
