import type { ReadingResult } from '../records/index.js';
import type { RequestForm } from '../requests/index.js';
import type { DemoRecord } from './demo-records.js';

/** Who an invented letter comes from where no office is named. */
export const COMPANY = '云栖生活服务（演示） Yunqi Living (demo)';

/** Roles in the applications: agents and heads by department, the rest by what they do. */
export type Person = 'agent hotline' | 'agent field' | 'clerk' | `head ${string}` | 'manager' | 'executive';

/** What the plot is about: records of a department, newest first, that stand before the application. */
interface About {
  department: string;
  types: readonly DemoRecord['draft']['serviceType'][];
  /** Left out: the grade of its type. */
  sensitivity?: DemoRecord['draft']['sensitivity'];
  count?: number;
}

export interface Application {
  /** Days ago that it was made; every further act is one day later, up to today. */
  days: number;
  /** Days from today to its last day. */
  until: number;
  by: Person;
  about: About;
  purpose: string;
  reason: string;
  ticket?: string;
  form: RequestForm;
  outsider?: { name: string; organisation?: string; contact?: string };
  disclosure?: { basis: string; reference?: string; law?: string; assessment?: string };
  answers: readonly { by: Person; agree: boolean; reason: string }[];
  /** Result of one reading under the grant. */
  read?: ReadingResult;
  end?: 'withdrawn' | { result: ReadingResult; note: string };
}

const yes = (by: Person, reason: string): Application['answers'][number] => ({ by, agree: true, reason });
const no = (by: Person, reason: string): Application['answers'][number] => ({ by, agree: false, reason });

/** The applications of the last weeks, oldest first: each state of an application, each kind of reading, each form. */
export const applications: readonly Application[] = [
  {
    // nobody answers it: refused by its date
    days: 34,
    until: 20,
    by: 'agent hotline',
    about: { department: 'keyaccounts', types: ['routine', 'special'] },
    purpose: 'improve',
    reason: '参考大客户部同类问题的处理口径',
    form: 'view',
    answers: [],
  },
  {
    // the whole way: another department's record, read, handed back
    days: 30,
    until: 20,
    by: 'agent hotline',
    about: { department: 'field', types: ['routine'] },
    purpose: 'solve',
    reason: '客户再次报修，须查上门处理的经过',
    ticket: 'GD-8102',
    form: 'print',
    answers: [yes('head field', '情况属实，同意查阅'), yes('manager', '同意，限本次报修使用')],
    read: 'solved',
    end: { result: 'solved', note: '已据上次更换的部件型号备料，一次修复' },
  },
  {
    // over, and its result is owed
    days: 21,
    until: -9,
    by: 'agent field',
    about: { department: 'hotline', types: ['routine'] },
    purpose: 'follow_up',
    reason: '回访前了解客户来电时的要求',
    form: 'view',
    answers: [yes('head hotline', '同意'), yes('manager', '同意')],
  },
  {
    // a paper file on loan
    days: 12,
    until: 9,
    by: 'agent hotline',
    about: { department: 'hotline', types: ['routine', 'special'] },
    purpose: 'dispute',
    reason: '客户对签字有异议，须核对纸质原件',
    ticket: 'GD-8140',
    form: 'paper',
    answers: [yes('manager', '同意借出，注意保管')],
  },
  {
    // confidential, and refused
    days: 10,
    until: 2,
    by: 'agent hotline',
    about: { department: 'hotline', types: ['routine', 'special', 'complaint'], sensitivity: 'highly_sensitive' },
    purpose: 'dispute',
    reason: '客户投诉升级，希望了解前情',
    form: 'view',
    answers: [no('executive', '投诉处理不需要这部分内容，请先由主管口头说明')],
  },
  {
    // a court asks: approved as a copy, so that a certified copy can be made
    days: 8,
    until: 16,
    by: 'clerk',
    about: { department: 'hotline', types: ['complaint', 'routine'] },
    purpose: 'authority',
    reason: '法院调取服务合同纠纷一案的投诉处理材料',
    form: 'copy',
    outsider: { name: '郑法官', organisation: '云栖区人民法院（演示）', contact: '0571-0000 0101' },
    disclosure: { basis: 'authority', reference: '（2026）云民初字 0000 号调取证据函', law: '民事诉讼法第六十七条', assessment: 'PIA-2026-03' },
    answers: [yes('head hotline', '材料由本部门形成，同意提供'), yes('manager', '函件与身份核对无误'), yes('executive', '同意，无关个人信息涂黑')],
  },
  {
    days: 7,
    until: 5,
    by: 'agent hotline',
    about: { department: 'field', types: ['routine', 'special'] },
    purpose: 'solve',
    reason: '客户问起上次的维修单',
    form: 'view',
    answers: [],
    end: 'withdrawn',
  },
  {
    // a grant that is running
    days: 6,
    until: 21,
    by: 'agent hotline',
    about: { department: 'field', types: ['routine'] },
    purpose: 'solve',
    reason: '两次上门仍未修复，须对照处理经过',
    ticket: 'GD-8155',
    form: 'print',
    answers: [yes('head field', '同意'), yes('manager', '同意，办结后归还')],
    read: 'partly',
  },
  {
    // a client reads the own file on site: waits for the executive
    days: 4,
    until: 14,
    by: 'clerk',
    about: { department: 'field', types: ['routine', 'special', 'complaint'] },
    purpose: 'client_request',
    reason: '客户到馆查阅本人的上门服务记录',
    form: 'view',
    outsider: { name: '马艳（客户本人）' },
    disclosure: { basis: 'client', reference: '客户书面申请 2026-15' },
    answers: [yes('head field', '同意'), yes('manager', '身份已核对，同意现场查阅')],
  },
  {
    days: 3,
    until: 10,
    by: 'agent hotline',
    about: { department: 'hotline', types: ['complaint', 'routine'], sensitivity: 'highly_sensitive' },
    purpose: 'dispute',
    reason: '客户提出赔偿，法务要求核对承诺内容',
    ticket: 'GD-8170',
    form: 'view',
    answers: [],
  },
  {
    days: 2,
    until: 12,
    by: 'agent field',
    about: { department: 'online', types: ['routine', 'special'] },
    purpose: 'solve',
    reason: '客户在线上已提供故障照片，上门前须先看',
    form: 'view',
    answers: [],
  },
  {
    days: 1,
    until: 14,
    by: 'agent field',
    about: { department: 'field', types: ['routine', 'complaint'], count: 3 },
    purpose: 'improve',
    reason: '整理同一小区反复报修的处理经过',
    form: 'print',
    answers: [],
  },
  {
    days: 1,
    until: 7,
    by: 'agent hotline',
    about: { department: 'quality', types: ['training'] },
    purpose: 'training',
    reason: 'New colleagues start on Monday; the training notes are needed',
    form: 'print',
    answers: [yes('head quality', 'Fine')],
  },
];
