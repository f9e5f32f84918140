import { createHash } from 'node:crypto';
import { findPersonalData, maskText, type Finding, type PersonalDataKind } from '../../classification/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { namesIn, type RecordDraft } from '../../records/index.js';
import { ANALYSIS } from '../analyse/index.js';
import type { Part, SearchDocument } from '../port.js';

/** Characters of a record's own texts and of its files that are indexed; what is longer is cut. */
export const TEXT_LENGTH = 400_000;
export const FILES_LENGTH = 400_000;

/** Once destruction has begun, nothing of a record's words is left in the index. */
const GONE = new Set(['destroying', 'shredded', 'destroyed']);

/** What the index takes from the catalogue. */
export interface IndexedRow {
  id: string;
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  channel: string;
  state: string;
  restricted: boolean;
  fonds: string;
  staff_account: string;
  year: number;
  evaluation: number | null;
  client_number: string;
  staff_number: string;
  staff_name: string;
  tags: string[];
  title: string;
  service_no: string;
  archival_code: string | null;
  closed_at: Date;
  term_until: string;
  version_id: string;
  body_object: string;
  /** Changes with every file whose text was had. */
  texts: string;
}

/** Whether the index holds no more than number and dates of it. */
export function isBare(row: Pick<IndexedRow, 'sensitivity' | 'restricted' | 'state'>): boolean {
  return row.sensitivity === 'highly_sensitive' || row.restricted || GONE.has(row.state);
}

/** What verification compares: anything that would make another document makes another stamp. Needs no content. */
export function stampOf(row: IndexedRow): string {
  const { body_object: _, closed_at, ...columns } = row;
  const shape = canonicalJson([ANALYSIS, { ...columns, closed_at: closed_at.toISOString() }]);
  return createHash('sha256').update(shape).digest('base64url').slice(0, 22);
}

const lines = (...texts: (string | undefined)[]): string => texts.filter((one) => one !== undefined && one !== '').join('\n');

/** Signs among which the end of a sentence or a line is looked for. */
const SENTENCE = 2_000;
const ENDS = /\n|[。！？；]|[.!?;]\s/gu;

/**
 * The beginning of a long text, up to the end of a sentence or a line: half of a telephone number or a name, which a cut anywhere
 * might leave, would not be known for what it is. Where no sentence ends, whatever a cut would part is left out.
 */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const from = Math.max(length - SENTENCE, 0);
  const last = [...text.slice(from, length).matchAll(ENDS)].at(-1);
  if (last !== undefined) return text.slice(0, from + last.index + last[0].length);
  const around = findPersonalData(text.slice(from, length + SENTENCE)).find(({ start, end }) => from + start < length && from + end > length);
  return text.slice(0, around === undefined ? length : from + around.start).toWellFormed();
}

/** The free texts of a draft by part: what was done stands apart from what was said. */
function textsOf(draft: RecordDraft): Record<'solution' | 'content', string> {
  const exceptions = draft.exceptions ?? [];
  return {
    solution: lines(draft.solution, draft.handling, draft.result, ...exceptions.map((one) => one.handling), draft.returnCall?.result),
    content: lines(
      draft.content,
      draft.clientFeedback,
      draft.feedback?.demand,
      ...exceptions.map((one) => one.what),
      ...(draft.followUps ?? []).map((one) => one.note),
      draft.place,
      draft.crossReference,
    ),
  };
}

export interface FileWords {
  name: string;
  text: string;
}

export interface Built {
  document: SearchDocument;
  masked: { kind: PersonalDataKind; count: number }[];
}

const NO_TEXTS: Record<Part, string> = { title: '', solution: '', content: '', files: '' };

/** The document of a record, personal data masked. Without a draft (or for a bare record) it holds number and dates only. */
export function documentOf(row: IndexedRow, draft: RecordDraft | null, files: readonly FileWords[], spared: (finding: Finding) => boolean): Built {
  const bare = isBare(row) || draft === null;
  const counts = new Map<PersonalDataKind, number>();
  const names = draft === null ? [] : namesIn(draft);
  const mask = (text: string, length: number): string => {
    const { text: masked, found } = maskText(beginningOf(text, length), names, spared);
    for (const [kind, count] of Object.entries(found)) counts.set(kind as PersonalDataKind, (counts.get(kind as PersonalDataKind) ?? 0) + count);
    return masked;
  };
  const texts = draft === null || bare ? null : textsOf(draft);
  return {
    document: {
      id: row.id,
      service_type: row.service_type,
      client_type: row.client_type,
      department: row.department,
      sensitivity: row.sensitivity,
      medium: row.medium,
      channel: row.channel,
      state: row.state,
      restricted: row.restricted,
      fonds: row.fonds,
      staff_account: row.staff_account,
      year: row.year,
      evaluation: row.evaluation,
      client_number: row.client_number,
      staff_number: row.staff_number,
      staff_name: row.staff_name,
      tags: bare ? [] : row.tags,
      closedAt: row.closed_at,
      termUntil: row.term_until,
      numbers: [row.service_no, ...(row.archival_code === null ? [] : [row.archival_code]), ...(bare ? [] : [row.client_number])],
      texts:
        texts === null
          ? NO_TEXTS
          : {
              title: lines(row.title, ...row.tags),
              solution: mask(texts.solution, TEXT_LENGTH),
              content: mask(texts.content, TEXT_LENGTH),
              files: mask(files.map((one) => lines(one.name, one.text)).join('\n'), FILES_LENGTH),
            },
      stamp: stampOf(row),
    },
    masked: [...counts].map(([kind, count]) => ({ kind, count })),
  };
}
