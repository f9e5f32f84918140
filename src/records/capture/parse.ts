import { CodedError, fieldErrors } from '../../errors/index.js';
import { recordDraft, type RecordDraft } from '../draft.js';

/** Parses a draft or throws `invalid_field` naming every field that is wrong. */
export function parseDraft(value: unknown): RecordDraft {
  const parsed = recordDraft.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new CodedError('invalid_field', { fields: fieldErrors(parsed.error) });
}
