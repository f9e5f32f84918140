/** What a pack may be about. */
export const PACK_KINDS = ['period', 'person', 'client', 'record'] as const;
export type PackKind = (typeof PACK_KINDS)[number];

export const PACK_STATES = ['waiting', 'approved', 'declined', 'withdrawn', 'ready', 'failed'] as const;
export type PackState = (typeof PACK_STATES)[number];

export const PACK_LIMITS = {
  /** Entries of one pack: each is two or three files, and a ZIP of the plain form holds 65,535. */
  entries: 20_000,
  /** Days that one pack may cover. */
  days: 3_660,
  /** Records of one client. */
  records: 2_000,
  reason: 1_000,
  /** Days for which its maker may fetch it. */
  kept: 30,
} as const;

/** Name of the form, in the manifest. */
export const PACK_FORM = 'lantai-evidence@1';
