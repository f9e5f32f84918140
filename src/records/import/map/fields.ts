import { phrasesFor } from '../../../phrases/index.js';

/** Fields of a draft that a mapping may fill. Lists (`participants`, `exceptions`, `followUps`) are filled by `items`. */
export const FIELDS = [
  'source.system',
  'source.creator',
  'serviceNo',
  'fonds',
  'status',
  'openedAt',
  'servedAt',
  'closedAt',
  'place',
  'participants',
  'serviceType',
  'client.number',
  'client.name',
  'client.type',
  'client.phone',
  'client.email',
  'client.address',
  'client.level',
  'staff.number',
  'staff.name',
  'department',
  'channel',
  'title',
  'content',
  'solution',
  'clientFeedback',
  'followUps',
  'returnCall.at',
  'returnCall.result',
  'result',
  'exceptions',
  'handling',
  'evaluation',
  'signature',
  'signature.file',
  'medium',
  'sensitivity',
  'tags',
  'feedback.kind',
  'feedback.priority',
  'feedback.demand',
  'feedback.assignedTo',
  'feedback.anonymous',
  'crossReference',
  'specialTerm.reason',
  'files',
] as const;
export type Field = (typeof FIELDS)[number];

export const TIMES: ReadonlySet<string> = new Set(['openedAt', 'servedAt', 'closedAt', 'returnCall.at', 'at']);
export const LISTS: ReadonlySet<string> = new Set(['participants', 'exceptions', 'followUps']);

const TABLES: Partial<Record<Field, keyof ReturnType<typeof phrasesFor>['values']>> = {
  serviceType: 'serviceType',
  'client.type': 'clientType',
  'client.level': 'clientLevel',
  channel: 'channel',
  medium: 'medium',
  sensitivity: 'sensitivity',
  'feedback.kind': 'feedbackKind',
  'feedback.priority': 'priority',
};

const STATUS: Record<string, string> = {
  已办结: 'closed',
  办结: 'closed',
  已关闭: 'closed',
  已完成: 'closed',
  closed: 'closed',
  未办结: 'open',
  处理中: 'open',
  待处理: 'open',
  open: 'open',
};
const YES_NO: Record<string, boolean> = { 是: true, yes: true, true: true, '1': true, 否: false, no: false, false: false, '0': false };
const RATINGS: Record<string, number> = { 非常满意: 5, 很满意: 5, 满意: 4, 一般: 3, 基本满意: 3, 不满意: 2, 非常不满意: 1, 很不满意: 1 };

const words = new Map<string, Map<string, string>>();

/** The code of a value that a person wrote by its code, or by its Chinese or English text; the value itself when it is none of them. */
export function valueCode(field: string, value: string): string {
  const table = TABLES[field as Field];
  if (table === undefined) return field === 'status' ? (STATUS[value.toLowerCase()] ?? value) : value;
  let known = words.get(table);
  if (known === undefined) {
    const entries = (['zh', 'en'] as const).flatMap((lang) => Object.entries(phrasesFor(lang).values[table]));
    known = new Map(entries.flatMap(([code, text]) => [[code, code] as const, [text.toLowerCase(), code] as const]));
    words.set(table, known);
  }
  return known.get(value.toLowerCase()) ?? value;
}

/** Typed fields from text; what does not fit stays as it is, so that the draft's own check names it. */
export function typed(field: string, value: string): unknown {
  if (field === 'evaluation') return rating(value);
  if (field === 'feedback.anonymous') return YES_NO[value.toLowerCase()] ?? value;
  return valueCode(field, value);
}

function rating(value: string): unknown {
  const bare = value.replace(/\s*(?:分|星|stars?)$/iu, '');
  return RATINGS[bare] ?? (/^\d+(?:\.0+)?$/.test(bare) ? Number(bare) : value);
}
