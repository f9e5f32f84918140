import type { Readable } from 'node:stream';
import { csvStream, xlsxStream } from '../../documents/index.js';
import type { RecordDraft } from '../../records/index.js';
import { Chance } from '../random.js';
import type { Story } from '../story.js';

/** Usage by hour, as a network system gives it out. */
export function usageCsv(story: Story, draft: RecordDraft, salt: number): Readable {
  const chance = new Chance(`usage ${salt}`);
  const start = Date.parse(draft.openedAt) - 86_400_000;
  const rows = Array.from({ length: 24 }, (_, hour) => ({
    at: new Date(start + hour * 3_600_000).toISOString(),
    down: chance.int(20, 900),
    up: chance.int(5, 200),
    lost: chance.percent(15) ? chance.int(1, 9) : 0,
  }));
  const heads = story.lang === 'zh' ? ['时间', '下行(MB)', '上行(MB)', '丢包率(%)'] : ['Time', 'Down (MB)', 'Up (MB)', 'Loss (%)'];
  const [at = '', down = '', up = '', lost = ''] = heads;
  return csvStream(
    [
      { head: at, value: (row) => row.at },
      { head: down, value: (row) => row.down },
      { head: up, value: (row) => row.up },
      { head: lost, value: (row) => row.lost },
    ],
    rows,
  );
}

/** What was checked, step by step. */
export function checklistXlsx(story: Story, draft: RecordDraft): Readable {
  const zh = story.lang === 'zh';
  const steps: [string, string | undefined][] = [
    [zh ? '受理' : 'Opened', draft.title],
    [zh ? '情况' : 'Facts', draft.content],
    [zh ? '处理' : 'Handling', draft.handling],
    [zh ? '方案' : 'Solution', draft.solution],
    [zh ? '结果' : 'Result', draft.result],
  ];
  const rows = steps.filter((step): step is [string, string] => step[1] !== undefined);
  return xlsxStream(
    zh ? '核对清单' : 'Checklist',
    [
      { head: zh ? '序号' : 'No.', width: 6, value: (row: [string, string]) => rows.indexOf(row) + 1 },
      { head: zh ? '环节' : 'Step', width: 12, value: ([step]) => step },
      { head: zh ? '说明' : 'Note', width: 80, value: ([, note]) => note },
      { head: zh ? '核对' : 'Checked', width: 10, value: () => '✓' },
    ],
    rows,
  );
}
