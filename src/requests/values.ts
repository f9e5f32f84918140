/** Forms of an application: on the screen, in print, as a copy, or the paper file on loan. */
export const REQUEST_FORMS = ['view', 'print', 'copy', 'paper'] as const;
export type RequestForm = (typeof REQUEST_FORMS)[number];

/** Acts that a form asks for. A paper file is lent, not shown: its grant gives no act. */
export const FORM_ACTS = {
  view: ['view'],
  print: ['view', 'print'],
  copy: ['view', 'download'],
  paper: [],
} as const satisfies Record<RequestForm, readonly string[]>;

/** How records are named: one by one, by the client's number, or by a search. */
export const NAMED_BY = ['records', 'client', 'search'] as const;
export type NamedBy = (typeof NAMED_BY)[number];

/** Whether a record may be granted: not for a purpose its type does not allow (R94), not once it is destroyed or restricted. */
export const FITS = ['fit', 'purpose', 'state', 'restricted'] as const;
export type Fit = (typeof FITS)[number];

/** Papers of a person from outside. */
export const PAPER_KINDS = ['letter', 'identity'] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

export const NOTICE_KINDS = ['remind', 'escalate', 'told', 'decided', 'overdue', 'recall', 'visit_broken', 'visit_strayed'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Limits of an application, in characters and pieces. */
export const REQUEST_LIMITS = {
  /** Records named one by one, and numbers typed. */
  records: 200,
  numbers: 50,
  number: 64,
  /** Records that a client's number or a search may come to; older ones are left out, and approvers are told. */
  found: 1_000,
  reason: 500,
  ticket: 64,
  readings: 1_000,
  /** Applications of one person that wait at the same time. */
  waiting: 50,
  /** Bytes of a letter or proof of identity. */
  paperBytes: 20 * 2 ** 20,
  /** Days ahead that a grant may begin. */
  ahead: 90,
  /** Days of a deputy. */
  deputy: 92,
  /** Applications that one answer decides. */
  decided: 50,
  /** Notices shown at a time. */
  notices: 20,
} as const;
