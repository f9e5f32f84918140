import { Sheet, signatures } from '../../documents/index.js';
import type { RecordDraft } from '../../records/index.js';
import type { Story } from '../story.js';
import { ZONE } from '../times.js';

const COMPANY = '云栖生活服务（演示） Yunqi Living (demo)';

function section(sheet: Sheet, head: string, text: string | undefined): void {
  if (text === undefined) return;
  sheet.y += 6;
  sheet.paragraph(head, { size: 11, weight: 'bold' });
  sheet.paragraph(text, { size: 10 });
}

function body(sheet: Sheet, draft: RecordDraft): void {
  sheet.paragraph(`${draft.serviceNo}    ${draft.closedAt.slice(0, 10)}    ${draft.staff.name}`, { size: 9 });
  section(sheet, '事项 Subject', draft.title);
  section(sheet, '经过 What happened', draft.content);
  section(sheet, '处理 Handling', draft.handling);
  section(sheet, '措施 Measures', draft.solution);
  section(sheet, '结果 Result', draft.result);
}

/** A report on a case. */
export function reportPdf(_story: Story, draft: RecordDraft): Promise<Buffer> {
  const sheet = new Sheet({
    title: { zh: '服务处理报告', en: 'Service report' },
    archive: COMPANY,
    madeAt: new Date(draft.closedAt),
    zone: ZONE,
    keywords: draft.serviceNo,
  });
  body(sheet, draft);
  return sheet.finish();
}

/** The sheet that a client signs on the spot. */
export function formPdf(story: Story, draft: RecordDraft): Promise<Buffer> {
  const at = new Date(draft.closedAt);
  const sheet = new Sheet({ title: { zh: '服务确认单', en: 'Service confirmation' }, archive: COMPANY, madeAt: at, zone: ZONE, keywords: draft.serviceNo });
  body(sheet, draft);
  section(sheet, '地址 Address', story.client.address);
  signatures(
    sheet,
    [
      { role: { zh: '服务人员', en: 'Service person' }, name: draft.staff.name, at },
      { role: { zh: '客户', en: 'Client' }, name: story.client.name, at },
    ],
    ZONE,
  );
  return sheet.finish();
}
