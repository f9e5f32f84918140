import { readPolicies, ROLES, type Condition, conditionFor, type PolicySet, STATES } from '../../../src/access/index.js';
import { CHANNELS, CLIENT_TYPES, MEDIA, SENSITIVITIES, SERVICE_TYPES } from '../../../src/classification/index.js';
import { newId } from '../../../src/db/index.js';
import { fileURLToPath } from 'node:url';
import { fold, isForgiven, runsOf } from '../../../src/search/analyse/index.js';
import { type Clause, type EngineQuery, FACETS, type SearchDocument, type SearchFilters, SORTS } from '../../../src/search/index.js';
import { testActor } from '../../support/audit.js';

/** Numbers in [0, 1) that are the same for the same seed. */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const below = (random: Random, n: number): number => Math.floor(random() * n);
export const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)] as T;
const some = <T>(random: Random, list: readonly T[], most: number): T[] => [
  ...new Set(Array.from({ length: 1 + below(random, most) }, () => pick(random, list))),
];

/** Few words, so that random queries meet; some one typo apart, some that only read alike, some of two or one sign. */
const WORDS =
  'refund refunds refunf reimbursement router routers outer report port invoice invoises cable table Wi-Fi VPN Café ＡＰＰ order older x 5G No.7 2026 12345 a股 Кабель кабели 退款 退费 退货款 退貨 货款 宽带 寬帶 掉线 频繁掉线 上门检查 检查 投诉 投訴 客户 客戶 光猫 猫 套餐 账单 账 没有 网页打不开 テスト 𠮷野'.split(
    ' ',
  );
const JOINTS = [' ', '', '，', '。', '-', '\n', '、', ' / ', '的', '要求'];

function text(random: Random, most: number): string {
  let made = '';
  for (let i = below(random, most + 1); i > 0; i--) made += pick(random, WORDS) + pick(random, JOINTS);
  return made;
}

export const DEPARTMENTS = ['hotline', 'field', 'archive'];
const STAFF = [
  ['8001', '李静'],
  ['8002', '王磊'],
  ['8003', 'Ann'],
] as const;
export const ACCOUNTS = ['0199aaaa-0000-7000-8000-000000000001', '0199aaaa-0000-7000-8000-000000000002'];

/** A document whose fields fall independently of each other. What a test cares about is given. */
export function documentOf(random: Random, change: Partial<SearchDocument> = {}): SearchDocument {
  const id = change.id ?? newId();
  const sensitivity = change.sensitivity ?? pick(random, SENSITIVITIES);
  const [staff_number, staff_name] = pick(random, STAFF);
  const closedAt = new Date(Date.UTC(2025, 9 + below(random, 6), 1 + below(random, 28), below(random, 24), 0, 0, below(random, 3)));
  const empty = sensitivity === 'highly_sensitive';
  return {
    id,
    service_type: pick(random, SERVICE_TYPES),
    client_type: pick(random, CLIENT_TYPES),
    department: pick(random, DEPARTMENTS),
    sensitivity,
    medium: pick(random, MEDIA),
    channel: pick(random, CHANNELS),
    state: pick(random, STATES),
    restricted: random() < 0.2,
    fonds: 'Z001',
    staff_account: pick(random, ACCOUNTS),
    year: closedAt.getUTCFullYear(),
    evaluation: random() < 0.3 ? null : 1 + below(random, 5),
    client_number: `C-${below(random, 8)}`,
    staff_number,
    staff_name,
    tags: random() < 0.5 ? [] : some(random, ['vip', '加急', 'night'], 2),
    closedAt,
    termUntil: `${2027 + below(random, 3)}-0${1 + below(random, 9)}-15`,
    numbers: [`SN-${below(random, 50)}`, `Z001-KH·2025-D3-${below(random, 999)}`],
    texts: empty
      ? { title: '', solution: '', content: '', files: '' }
      : { title: text(random, 3), solution: text(random, 5), content: text(random, 8), files: random() < 0.7 ? '' : text(random, 8) },
    stamp: `${id}:1`,
    ...change,
  };
}

export interface Viewer {
  who: string;
  read: Condition;
  list: Condition;
}

export const policies = (): Promise<PolicySet> => readPolicies(fileURLToPath(new URL('../../../../policies', import.meta.url)), 'default');

/** People of every role, with the conditions that the shipped policies give them. */
export function viewersOf(set: PolicySet): Viewer[] {
  const people = ROLES.flatMap((role) => {
    const kind = role === 'integration' ? 'integration' : role === 'system' ? 'system' : 'person';
    return DEPARTMENTS.map((department, i) => ({
      who: `${role} of ${department}`,
      actor: testActor({ kind, roles: [role], department, accountId: ACCOUNTS[i % ACCOUNTS.length] ?? null, scopes: kind === 'integration' ? ['find'] : [] }),
    }));
  });
  return [
    ...people.map(({ who, actor }) => ({ who, read: conditionFor(set, actor, 'record.read'), list: conditionFor(set, actor, 'record.list') })),
    { who: 'who may everything', read: { op: 'true' }, list: { op: 'true' } },
    { who: 'who may find everything and read nothing', read: { op: 'false' }, list: { op: 'true' } },
  ];
}

function misspelt(random: Random, word: string): string {
  const at = below(random, word.length);
  switch (below(random, 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return `${word.slice(0, at)}e${word.slice(at)}`;
    case 2:
      return `${word.slice(0, at)}o${word.slice(at + 1)}`;
    default:
      return (
        word.slice(0, at) +
        word
          .slice(at, at + 2)
          .split('')
          .reverse()
          .join('') +
        word.slice(at + 2)
      );
  }
}

function phrase(random: Random, documents: readonly SearchDocument[]): string {
  const kind = random();
  if (kind < 0.3) return pick(random, WORDS);
  if (kind < 0.5) return misspelt(random, pick(random, WORDS));
  const { texts, numbers } = pick(random, documents);
  if (kind < 0.55) return pick(random, numbers);
  const from = Array.from(pick(random, Object.values(texts)));
  const at = below(random, Math.max(from.length, 1));
  return from.slice(at, at + 1 + below(random, kind < 0.85 ? 4 : 12)).join('');
}

function clause(random: Random, documents: readonly SearchDocument[], mayForgive: boolean): Clause {
  const phrases = Array.from({ length: random() < 0.8 ? 1 : 1 + below(random, 3) }, () => fold(phrase(random, documents)).trim()).filter(
    (one) => runsOf(one).length > 0,
  );
  const list = phrases.length === 0 ? ['退款'] : phrases;
  return { phrases: list, forgiving: mayForgive && list.length === 1 && runsOf(list[0] ?? '').length === 1 && isForgiven(list[0] ?? '') };
}

function filters(random: Random): SearchFilters {
  const made: SearchFilters = {};
  if (random() < 0.5) return made;
  const maybe = (): boolean => random() < 0.15;
  if (maybe()) made.service_type = some(random, SERVICE_TYPES, 3);
  if (maybe()) made.client_type = some(random, CLIENT_TYPES, 3);
  if (maybe()) made.department = some(random, DEPARTMENTS, 2);
  if (maybe()) made.channel = some(random, CHANNELS, 4);
  if (maybe()) made.sensitivity = some(random, SENSITIVITIES, 3);
  if (maybe()) made.medium = some(random, MEDIA, 1);
  if (maybe()) made.state = some(random, STATES, 6);
  if (maybe()) made.year = some(random, [2025, 2026], 1);
  if (maybe()) made.evaluation = some(random, [1, 2, 3, 4, 5], 3);
  if (maybe()) made.client_number = some(random, ['C-1', 'C-2', 'C-3', 'C-9'], 3);
  if (maybe()) made.staff = some(random, ['8001', '王磊', 'Ann', 'nobody'], 2);
  if (maybe()) made.tag = some(random, ['vip', '加急', 'none'], 2);
  if (maybe())
    made.closed = {
      from: new Date(Date.UTC(2025, 9 + below(random, 5), 10)),
      ...(random() < 0.5 && { before: new Date(Date.UTC(2026, below(random, 4), 20)) }),
    };
  if (maybe()) made.until = { ...(random() < 0.5 && { from: '2028-01-01' }), to: `20${28 + below(random, 2)}-06-15` };
  return made;
}

/** A query as anybody might ask it: often one that meets something. */
export function queryOf(random: Random, documents: readonly SearchDocument[], viewer: Viewer): EngineQuery {
  const placeholder = random() < 0.1;
  const all = placeholder ? [] : Array.from({ length: 1 + Math.floor(random() ** 2 * 3) }, () => clause(random, documents, true));
  const none = random() < 0.7 ? [] : Array.from({ length: 1 + below(random, 2) }, () => clause(random, documents, false));
  const sort = pick(random, SORTS);
  const paged = sort !== 'relevance' && random() < 0.4; // engines order by relevance as they know how: compare all at once there
  return {
    text: { all, none },
    filters: filters(random),
    read: viewer.read,
    list: viewer.list,
    sort,
    offset: paged ? below(random, 15) : 0,
    limit: paged ? 1 + below(random, 10) : 1_000,
    facets: some(random, FACETS, 4),
    exclude: random() < 0.8 ? [] : some(random, documents, 3).map((one) => one.id),
  };
}
