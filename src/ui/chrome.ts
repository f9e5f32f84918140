import type { AskedDeviceModel } from './components/devices.js';
import type { Lang } from '../phrases/index.js';
import type { Theme } from './view.js';

/** Places of the navigation, named after tasks. The server lists those the role may enter. */
export const NAV = [
  'home',
  'take_in',
  'arrange',
  'sent_back',
  'batches',
  'imports',
  'browse',
  'readings',
  'requests',
  'grants',
  'appraisals',
  'destruction',
  'lateness',
  'retention',
  'destructions',
  'people',
  'access',
  'policies',
  'standing',
  'changes',
  'usage',
  'signals',
  'account_review',
  'compliance',
  'privacy',
  'disclosures',
  'holds',
  'audit',
  'evidence',
  'system',
] as const;
export type NavKey = (typeof NAV)[number];

export interface NavItem {
  key: NavKey;
  /** How many wait there; shown when above zero. */
  count?: number;
}

/** What happened a moment ago, shown once at the top of the next page. */
export interface Flash {
  kind: 'good' | 'warn' | 'bad' | 'info';
  /** Key of `ui.flash`, filled with `params`. */
  code: string;
  params?: Record<string, string | number>;
  /** Offered where it can be undone: a form that posts there. */
  undo?: string;
}

/** What stands around every page. */
export interface Chrome {
  lang: Lang;
  theme: Theme;
  timeZone?: string;
  now: Date;
  /** Path and query of this page, to come back to after a switch of language or theme. */
  here: string;
  archiveName: string;
  fonds: string;
  version: string;
  demo: boolean;
  requestId: string;
  /** Nobody signed in: no search, no navigation. */
  user: { name: string; username: string; roles: readonly string[]; department: string } | null;
  nav: readonly NavItem[];
  /** Whether the search box leads anywhere for this person; where it does not, it is not shown. */
  mayFind?: boolean;
  /** What stands in the search box. */
  query?: string;
  flash?: Flash;
  /** New devices that this person is asked about. */
  devices?: readonly AskedDeviceModel[];
}
