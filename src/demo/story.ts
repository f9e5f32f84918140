import { dayText } from '../records/index.js';
import { cases } from './cases/index.js';
import type { Case } from './cases/case.js';
import { AREAS, DEMO_STAFF } from './people.js';
import type { DemoClient, DemoStaff } from './people.js';
import type { Chance } from './random.js';
import { ZONE, type DemoTimes } from './times.js';

/** One telling of a case: who, where, and a way to fill its texts. */
export interface Story {
  plot: Case;
  lang: 'zh' | 'en';
  client: DemoClient;
  staff: DemoStaff;
  slots: Readonly<Record<string, string>>;
  /** Fills a text; the first letter of an English sentence is raised. */
  tell(text: string): string;
}

/** Tells every case in turn with every variant before one comes back, so that neighbours differ. */
export function* stories(chance: Chance, clients: readonly DemoClient[], times: readonly DemoTimes[]): Generator<{ story: Story; when: DemoTimes }> {
  const plots = cases();
  const left = [...times];
  for (let round = 0; left.length > 0; round++) {
    for (const { plot, lang } of shuffled(chance, plots)) {
      const when = left.shift();
      if (!when) return;
      const client = pickClient(
        chance,
        clients.filter((one) => one.lang === lang && plot.clients.includes(one.type)),
      );
      const staff = chance.pick(DEMO_STAFF.filter((one) => one.department === plot.department && one.lang === lang));
      const variant = plot.variants[(round + plots.findIndex((one) => one.plot === plot)) % plot.variants.length] ?? {};
      const slots = {
        client: client.called,
        area: chance.pick(AREAS[lang]),
        amount: String(chance.pick([18, 25, 39, 58, 99, 128, 199, 268, 399, 580, 1280, 2460])),
        days: String(chance.int(2, 9)),
        order: `DD${chance.int(20, 26)}${String(chance.int(0, 99_999_999)).padStart(8, '0')}`,
        phone: client.phone,
        ...seasonOf(when.openedAt),
        ...variant,
      };
      const fill = (text: string): string =>
        text.replace(/\{(\w+)\}/g, (slot, name: string) => (Object.hasOwn(slots, name) ? fill(slots[name as keyof typeof slots]) : slot));
      yield { when, story: { plot, lang, client, staff, slots, tell: (text) => fill(text).replace(/^[a-z]/, (letter) => letter.toUpperCase()) } };
    }
  }
}

const MONTHS = ['一月', '二月', '三月', '四月', '五月', '六月', '七月', '八月', '九月', '十月', '十一月', '十二月'] as const;

/** Words of the calendar that suit the day. */
function seasonOf(at: Date): Record<string, string> {
  const [year = '', of = ''] = dayText(at, ZONE).split('-');
  const month = Number(of) - 1;
  const quarter = ['一季度', '二季度', '三季度', '四季度'][Math.floor(month / 3)] ?? '';
  return {
    month: MONTHS[month] ?? '',
    lastMonth: MONTHS[(month + 11) % 12] ?? '',
    quarter,
    half: month < 6 ? '上半年' : '下半年',
    year,
  };
}

/** Some clients come often, most now and then. */
function pickClient(chance: Chance, clients: readonly DemoClient[]): DemoClient {
  const often = Math.floor(clients.length * chance.next() ** 2);
  return clients[often] ?? chance.pick(clients);
}

function shuffled<T>(chance: Chance, list: readonly T[]): T[] {
  const left = [...list];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(chance.int(0, left.length - 1), 1));
  return out;
}
