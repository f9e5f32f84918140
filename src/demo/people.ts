import type { DemoPerson } from '../accounts/index.js';
import type { ClientLevel, ClientType } from '../classification/index.js';
import type { Chance } from './random.js';

/** Departments of the demo records beyond those that the demo accounts bring along (`hotline`, `field`). */
export const MORE_DEPARTMENTS: readonly { code: string; names: { zh: string; en: string } }[] = [
  { code: 'online', names: { zh: '在线客服部', en: 'Online service' } },
  { code: 'keyaccounts', names: { zh: '大客户部', en: 'Key accounts' } },
  { code: 'quality', names: { zh: '质量与培训部', en: 'Quality and training' } },
];

/** Their heads: applications for a department's records need its own supervisor, and nobody answers two steps of one. */
export const MORE_HEADS: readonly DemoPerson[] = [
  { role: 'supervisor', username: 'qin.yue', name: '秦越', department: 'online' },
  { role: 'supervisor', username: 'bai.lu', name: '白璐', department: 'keyaccounts' },
  { role: 'supervisor', username: 'tang.yi', name: '唐仪', department: 'quality' },
];

/** Accounts that the review of accounts lists: of somebody who left, and of two that nobody uses. Nobody is told their passwords. */
export const FORMER_PEOPLE: readonly DemoPerson[] = [
  { role: 'agent', username: 'ma.jun', name: '马骏', department: 'hotline', madeDaysAgo: 400 },
  { role: 'agent', username: 'su.wan', name: '苏婉', department: 'online', madeDaysAgo: 200 },
  { role: 'agent', username: 'yu.fei', name: '于飞', department: 'field', madeDaysAgo: 75 },
];

export const AREAS = {
  zh: ['滨江苑', '文二社区', '云栖小镇', '城东新村', '翠苑四区', '金桥路', '湖滨里', '南山公寓', '青石巷', '航海家园'],
  en: ['Riverside', 'Maple Court', 'Harbour View', 'Old Town', 'North Campus', 'Lakeside'],
} as const;

export interface DemoClient {
  number: string;
  name: string;
  /** How a text speaks of the client. */
  called: string;
  type: ClientType;
  lang: 'zh' | 'en';
  level: ClientLevel;
  phone: string;
  email: string;
  address: string;
}

const SURNAMES = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'.split('');
const GIVEN = [
  '伟',
  '芳',
  '秀英',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '洋',
  '艳',
  '勇',
  '军',
  '杰',
  '娟',
  '涛',
  '明',
  '超',
  '秀兰',
  '霞',
  '平',
  '桂英',
  '子涵',
  '雨桐',
  '浩然',
  '思远',
  '佳怡',
  '喆',
  '梓萱',
];
const ENGLISH = [
  'Emma Carter',
  "Liam O'Brien",
  'Sofia Rossi',
  'Noah Williams',
  'Grace Okafor',
  'Daniel Meyer',
  'Aisha Khan',
  'Lucas Martin',
  'Hannah Lee',
  'Peter Novak',
];
const ENTERPRISES = [
  '杭州云杉餐饮管理有限公司',
  '宁波海晟物流有限公司',
  '嘉禾纺织股份有限公司',
  '青橙教育科技有限公司',
  '安吉竹语民宿有限公司',
  '金华恒泰机械制造有限公司',
  '绍兴鉴湖酒业有限公司',
  '温州瓯越眼镜有限公司',
  '湖州太湖文旅发展有限公司',
];
const ENTERPRISES_EN = ['Bluewater Trading Ltd', 'Northgate Clinics', 'Halcyon Travel GmbH', 'Orchard Street Books'];
const GOVERNMENT = ['云栖区应急管理局', '文二街道办事处', '湖滨市民服务中心', '江北区教育考试中心', '市政务热线管理办公室'];
const OTHERS = ['青石公益服务中心', '滨江业主委员会', '市志愿者协会', '翠苑社区老年大学'];
const OTHERS_EN = ['Harbour Volunteers Association', "International Residents' Club"];
const OFFICES_EN = ['Consular Affairs Office (demo)'];

/** Numbers that nobody has: the middle block 0000 is not given out. */
function phoneOf(chance: Chance): string {
  return `1${chance.pick(['38', '39', '58', '77', '86', '99'])}0000${String(chance.int(0, 9999)).padStart(4, '0')}`;
}

/** The clients of the demo archive; each comes back, so that dossiers fill. */
export function demoClients(chance: Chance): DemoClient[] {
  const clients: DemoClient[] = [];
  const add = (name: string, called: string, type: ClientType, lang: 'zh' | 'en'): void => {
    const number = `${{ individual: 'GR', enterprise: 'QY', government: 'ZF', other: 'QT' }[type]}${String(100_000 + clients.length * 37)}`;
    const house = `${chance.int(1, 28)}${lang === 'zh' ? '号楼' : ' '}${chance.int(1, 4)}${lang === 'zh' ? '单元' : '-'}${chance.int(101, 1803)}${lang === 'zh' ? '室' : ''}`;
    const address = lang === 'zh' ? `${chance.pick(AREAS.zh)}${house}` : `${house}, ${chance.pick(AREAS.en)}`;
    clients.push({
      number,
      name,
      called,
      type,
      lang,
      level: chance.percent(12) ? 'vip' : 'regular',
      phone: phoneOf(chance),
      email: `${number.toLowerCase()}@example.com`,
      address,
    });
  };
  const names = new Set<string>();
  while (names.size < 44) names.add(chance.pick(SURNAMES) + chance.pick(GIVEN));
  for (const name of names) add(name, `${name.slice(0, 1)}${chance.pick(['女士', '先生'])}`, 'individual', 'zh');
  for (const name of ENGLISH) add(name, `${chance.pick(['Ms', 'Mr'])} ${name.split(' ').at(-1) ?? name}`, 'individual', 'en');
  for (const name of ENTERPRISES) add(name, name, 'enterprise', 'zh');
  for (const name of ENTERPRISES_EN) add(name, name, 'enterprise', 'en');
  for (const name of GOVERNMENT) add(name, name, 'government', 'zh');
  for (const name of OFFICES_EN) add(name, name, 'government', 'en');
  for (const name of OTHERS) add(name, name, 'other', 'zh');
  for (const name of OTHERS_EN) add(name, name, 'other', 'en');
  return clients;
}

export interface DemoStaff {
  number: string;
  name: string;
  department: string;
  lang: 'zh' | 'en';
}

const STAFF: readonly (readonly [string, string, 'zh' | 'en'])[] = [
  ['hotline', '沈佳', 'zh'],
  ['hotline', '何俊', 'zh'],
  ['hotline', '许文静', 'zh'],
  ['hotline', 'Mia Zhang', 'en'],
  ['online', '陆晓', 'zh'],
  ['online', '方圆', 'zh'],
  ['online', 'Oliver Chen', 'en'],
  ['field', '钱大勇', 'zh'],
  ['field', '余海', 'zh'],
  ['field', '邵建国', 'zh'],
  ['field', 'Ken Huang', 'en'],
  ['keyaccounts', '顾明远', 'zh'],
  ['keyaccounts', '宋雅琴', 'zh'],
  ['keyaccounts', 'Clara Wu', 'en'],
  ['quality', '姚立', 'zh'],
  ['quality', '江月', 'zh'],
  ['quality', 'Ruth Lin', 'en'],
];

export const DEMO_STAFF: readonly DemoStaff[] = STAFF.map(([department, name, lang], i) => ({ number: `S${String(2001 + i * 13)}`, name, department, lang }));
