import type { RecordDraft } from '../records/index.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A client of before, of whom nothing is left in the demo but two tombstones, the request and its letters. */
export const formerClient = { number: 'GR900077', name: '周启明' } as const;

interface Former {
  /** Days before the demo's day on which it was closed. */
  days: number;
  client: { number: string; name: string; type: 'individual' | 'enterprise' };
  title: string;
  content: string;
  solution: string;
  feedback: string;
}

const FORMER: readonly Former[] = [
  {
    days: 1990,
    client: { number: 'GR900013', name: '冯玉珍', type: 'individual' },
    title: '宽带移机：搬家后预约上门',
    content: '客户搬家，来电预约移机，要求周末上门。',
    solution: '已预约周六上午，装维当天完成移机并测速。',
    feedback: '客户表示网速正常',
  },
  {
    days: 1985,
    client: { number: 'QY900025', name: '杭州北岸印刷有限公司', type: 'enterprise' },
    title: '对公账单抬头更正',
    content: '财务来电，账单抬头少一字，要求重开。',
    solution: '核对营业执照后更正抬头，重开并寄出。',
    feedback: '已收到，抬头无误',
  },
  {
    days: 1978,
    client: { number: 'GR900037', name: 'Helen Marsh', type: 'individual' },
    title: 'Charged twice for one month',
    content: 'The client found the same monthly fee charged twice and asks for one to be paid back.',
    solution: 'Paid back to the same card; the cause was a payment that came in late.',
    feedback: 'Money is back, thank you',
  },
  {
    days: 1970,
    client: { number: 'GR900049', name: '蒋文海', type: 'individual' },
    title: '机顶盒遥控失灵',
    content: '遥控器按键无反应，更换电池后仍不能用。',
    solution: '远程指导重新配对，无效后寄送新遥控器。',
    feedback: '新遥控器可以使用',
  },
];

const instants = (now: Date, days: number): { openedAt: string; closedAt: string } => {
  // half past ten in the morning of that day in Shanghai
  const closed = Math.floor((now.getTime() - days * DAY + 8 * HOUR) / DAY) * DAY + 2.5 * HOUR;
  return { openedAt: new Date(closed - HOUR / 2).toISOString(), closedAt: new Date(closed).toISOString() };
};

const STAFF = { number: 'S1987', name: '丁澜' } as const;

/** Records of more than five years ago, whose term has been over for long. */
export function formerRecords(now: Date): RecordDraft[] {
  return FORMER.map(({ days, client, title, content, solution, feedback }, i) => ({
    source: { system: 'legacy-crm', creator: STAFF.name },
    serviceNo: `FW-OLD-${String(i + 1).padStart(4, '0')}`,
    status: 'closed',
    ...instants(now, days),
    serviceType: 'routine',
    client: { ...client, level: 'regular' },
    staff: STAFF,
    department: 'hotline',
    channel: 'phone',
    title,
    content,
    solution,
    clientFeedback: feedback,
    result: solution,
    evaluation: 5,
    medium: 'electronic',
  }));
}

/** Two surveys that law does not bind any longer, while their own term still ran when their client asked for erasure. */
export function surveys(now: Date): RecordDraft[] {
  return [800, 790].map((days, i) => ({
    source: { system: 'legacy-crm', creator: STAFF.name },
    serviceNo: `FW-OLD-${String(i + 11).padStart(4, '0')}`,
    status: 'closed',
    ...instants(now, days),
    serviceType: 'survey',
    client: { ...formerClient, type: 'individual', level: 'regular' },
    staff: STAFF,
    department: 'hotline',
    channel: 'visit',
    place: '营业厅',
    title: i === 0 ? '满意度调查：营业厅办理业务' : '满意度调查：等候时间',
    content: '当面请客户评价本次办理，客户同意作答。',
    clientFeedback: i === 0 ? '办理很快，指引清楚' : '等候时间略长，窗口可再多开',
    result: '已记录',
    evaluation: i === 0 ? 5 : 4,
    signature: { kind: 'statement', text: '客户当面口头确认，坐席代录。' },
    medium: 'electronic',
  }));
}
