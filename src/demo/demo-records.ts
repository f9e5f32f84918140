import type { Readable } from 'node:stream';
import { dayText, type RecordDraft } from '../records/index.js';
import type { Sensitivity } from '../classification/index.js';
import { demoFiles } from './files/index.js';
import { demoClients } from './people.js';
import { Chance } from './random.js';
import { stories } from './story.js';
import type { Story } from './story.js';
import { demoTimes, ZONE } from './times.js';
import type { DemoTimes } from './times.js';

export interface DemoFile {
  name: string;
  type: string;
  make(): Promise<Buffer | Readable>;
}

export interface DemoRecord {
  draft: RecordDraft;
  files: DemoFile[];
  /** When the demo's archive is said to have taken it in. */
  archivedAt: Date;
}

export interface DemoOptions {
  seed: string;
  now: Date;
  /** At least 300 make a believable archive. */
  count?: number;
}

/** The demo archive: the same seed and day give the same records and files, oldest first. */
export function* demoRecords({ seed, now, count = 336 }: DemoOptions): Generator<DemoRecord> {
  const chance = new Chance(seed);
  const clients = demoClients(chance);
  const times = demoTimes(chance, now, count);
  const numbers = new Map<string, number>();
  let i = 0;
  let recent = 0;
  for (const { story, when } of stories(chance, clients, times)) {
    i++;
    const day = dayText(when.openedAt, ZONE).replaceAll('-', '');
    const number = (numbers.get(day) ?? 0) + 1;
    numbers.set(day, number);
    const draft = draftOf(chance, story, when, `FW${day}-${String(number * 7 + (i % 5)).padStart(4, '0')}`);
    const files = demoFiles(new Chance(`${seed} ${draft.serviceNo}`), story, draft);
    if (draft.medium === 'paper' || draft.channel === 'visit') sign(chance, draft, files);
    if (when.recent && recent++ % 3 === 0) forget(chance, draft);
    yield { draft, files, archivedAt: when.archivedAt };
  }
}

function draftOf(chance: Chance, { plot, client, staff, lang, tell }: Story, when: DemoTimes, serviceNo: string): RecordDraft {
  const evaluation = Math.min(5, Math.max(1, plot.mood + chance.pick([-1, 0, 0, 0, 1])));
  const anonymous = plot.form !== undefined && plot.type === 'survey' && chance.percent(50);
  const channel = chance.pick(plot.channels);
  const exception = plot.exception && chance.percent(60) ? [plot.exception] : undefined;
  const sensitivity = sensitivityOf(chance, plot);
  const tags = [...(plot.tags ?? []), ...(client.level === 'vip' ? ['VIP'] : [])];
  const paper = channel !== 'chat' && channel !== 'app' && chance.percent(8);
  return {
    source: { system: when.closedAt.getTime() < when.legacyUntil ? 'legacy-crm' : channel === 'phone' ? 'call-centre' : 'crm', creator: staff.name },
    serviceNo,
    status: 'closed',
    openedAt: when.openedAt.toISOString(),
    servedAt: when.servedAt.toISOString(),
    closedAt: when.closedAt.toISOString(),
    serviceType: plot.type,
    client: {
      number: client.number,
      type: client.type,
      level: client.level,
      ...(anonymous ? {} : { name: client.name, phone: client.phone, email: client.email, address: client.address }),
    },
    staff: { number: staff.number, name: staff.name },
    department: plot.department,
    channel,
    title: tell(plot.title),
    content: tell(chance.pick(plot.content)),
    result: tell(plot.result),
    medium: paper ? 'paper' : 'electronic',
    ...(channel === 'visit' || plot.type === 'training' ? { place: client.address } : {}),
    ...(plot.solution === undefined ? {} : { solution: tell(plot.solution) }),
    ...(plot.handling === undefined ? {} : { handling: tell(plot.handling) }),
    ...(plot.feedback === undefined ? {} : { clientFeedback: tell(chance.pick(plot.feedback)) }),
    ...(plot.type === 'training' ? {} : { evaluation }),
    ...(plot.type === 'training' ? { participants: participants(lang, staff.name) } : {}),
    ...(exception ? { exceptions: exception } : {}),
    ...(plot.followUp === undefined ? {} : { followUps: [{ at: when.followUpAt.toISOString(), note: tell(plot.followUp) }] }),
    ...(plot.type !== 'training' && plot.type !== 'survey' && when.returnCallAt
      ? { returnCall: { at: when.returnCallAt.toISOString(), result: returnCall(lang, evaluation) } }
      : {}),
    ...(sensitivity ? { sensitivity } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(plot.form ? { feedback: { ...plot.form, demand: tell(plot.form.demand), assignedTo: staff.name, ...(anonymous ? { anonymous: true } : {}) } } : {}),
    ...(paper ? { crossReference: `ZZ-${dayText(when.closedAt, ZONE).slice(0, 4)}-${String(chance.int(1, 999)).padStart(3, '0')}` } : {}),
    ...(plot.type === 'complaint' && chance.percent(5)
      ? { specialTerm: { reason: lang === 'zh' ? '涉及后续索赔，可能诉讼，申请延长保管。' : 'A claim may follow; a longer term is asked for.' } }
      : {}),
  };
}

/** Most records have the grade of their type; a few are public or highly sensitive. */
function sensitivityOf(chance: Chance, plot: Story['plot']): Sensitivity | undefined {
  if (plot.sensitivity) return plot.sensitivity;
  if (plot.type === 'training') return chance.percent(50) ? 'public' : undefined;
  return chance.percent(3) ? 'highly_sensitive' : undefined;
}

function participants(lang: 'zh' | 'en', lecturer: string): { name: string; role: string }[] {
  return lang === 'zh'
    ? [
        { name: lecturer, role: '讲师' },
        { name: '唐薇', role: '学员代表' },
        { name: '程一鸣', role: '签到负责人' },
      ]
    : [
        { name: lecturer, role: 'Trainer' },
        { name: 'Ben Taylor', role: 'Speaker of the group' },
      ];
}

function returnCall(lang: 'zh' | 'en', evaluation: number): string {
  if (lang === 'zh') return evaluation >= 4 ? '回访接通，客户表示满意，无新问题。' : '回访接通，客户表示问题已解决，但对处理时长仍有意见。';
  return evaluation >= 4 ? 'Reached the client, who is content and has no further question.' : 'Reached the client: solved, but it took too long.';
}

/** Visits and paper carry a signature: drawn where there are files, else a statement. */
function sign(chance: Chance, draft: RecordDraft, files: DemoFile[]): void {
  const drawn = files.find((file) => file.name.startsWith('签名') || file.name.startsWith('signature'));
  draft.signature = drawn
    ? { kind: 'file', file: drawn.name }
    : { kind: 'statement', text: chance.percent(50) ? '客户当面口头确认，坐席代录。' : 'Confirmed by the client on the spot.' };
}

/** What the clerk finds in the morning: something is left out. */
function forget(chance: Chance, draft: RecordDraft): void {
  const field =
    draft.serviceType === 'complaint'
      ? 'handling'
      : chance.pick(draft.serviceType === 'training' ? (['result', 'content'] as const) : (['result', 'content', 'evaluation'] as const));
  delete draft[field];
  if (field === 'evaluation') {
    delete draft.clientFeedback;
    delete draft.returnCall;
  }
}
