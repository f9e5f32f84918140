/**
 * The closed set of coded errors. A code is stable: clients and support rely on it, texts may change.
 * Every code has a text in zh and en under `errors.<code>` in the phrase files; a missing one does not compile.
 */
export const ERROR_STATUS = {
  // 400–499: the caller can do something about it
  invalid_request: 400,
  unauthenticated: 401,
  session_expired: 401,
  bad_credentials: 401,
  forbidden: 403,
  second_factor_required: 403,
  reauthentication_required: 403,
  purpose_not_allowed: 403,
  cross_site: 403,
  reading_expired: 403,
  grant_used_up: 403,
  supervised_only: 403,
  session_locked: 403,
  no_standing_rule: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  wrong_state: 409,
  held: 409,
  duplicate: 409,
  changed: 409,
  idempotency_mismatch: 409,
  bootstrap_closed: 409,
  bootstrap_open: 409,
  items_changed: 409,
  record_destroyed: 409,
  entries_gone: 410,
  same_person: 409,
  second_person: 409,
  not_seen_yet: 409,
  consent_missing: 409,
  not_fulfilled: 409,
  sign_on_expired: 400,
  sign_on_invalid: 400,
  sign_on_denied: 403,
  sign_on_unknown: 403,
  sign_on_unavailable: 503,
  role_exclusive: 409,
  precondition_failed: 412,
  too_large: 413,
  too_many_files: 413,
  uri_too_long: 414,
  unsupported_type: 415,
  range_not_satisfiable: 416,
  invalid_field: 422,
  out_of_scope: 422,
  refused_file: 422,
  import_refused: 422,
  precondition_required: 428,
  locked_out: 429,
  too_many_requests: 429,
  // 500–599: ours
  internal: 500,
  content_damaged: 502,
  key_unavailable: 503,
  audit_unavailable: 503,
  store_unavailable: 503,
  search_unavailable: 503,
  unavailable: 503,
  policy_invalid: 503,
  disk_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One thing wrong with one field. `code` is a key of `fieldErrors` in the phrase files; `params` fill its text. */
export interface FieldError {
  /** JSON path in dot form, for example `client.number` or `files.2.name`. */
  field: string;
  code: string;
  params?: Record<string, string | number>;
}

export interface CodedErrorOptions {
  fields?: FieldError[];
  /** Fill the text's slots; shown to the caller, so never content or personal data. */
  params?: Record<string, string | number>;
  /** For the operator's log only; never sent, and never content or personal data. */
  detail?: string;
  cause?: unknown;
}

/** The only error that may cross a module's border on purpose; anything else is a defect and becomes `internal`. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fields: FieldError[];
  readonly params: Record<string, string | number>;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, options: CodedErrorOptions = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.fields = options.fields ?? [];
    this.params = options.params ?? {};
    this.detail = options.detail;
  }
}

/** `throw invalidField('client.number', 'too_long', { max: 64 })` */
export function invalidField(field: string, code: string, params?: Record<string, string | number>): CodedError {
  return new CodedError('invalid_field', { fields: [params ? { field, code, params } : { field, code }] });
}

export function isCoded(error: unknown, code?: ErrorCode): error is CodedError {
  return error instanceof CodedError && (code === undefined || error.code === code);
}
