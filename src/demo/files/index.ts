import { buffer } from 'node:stream/consumers';
import type { RecordDraft } from '../../records/index.js';
import type { FileKind } from '../cases/index.js';
import type { DemoFile } from '../demo-records.js';
import type { Chance } from '../random.js';
import type { Story } from '../story.js';
import { photo, signature } from './image.js';
import { letterDocx, mailEml } from './letter.js';
import { formPdf, reportPdf } from './pdf.js';
import { recordingWav } from './sound.js';
import { checklistXlsx, usageCsv } from './table.js';
import { chatTxt, pageHtml } from './text.js';

const NAMES: Readonly<Record<FileKind, readonly [zh: string, en: string, type: string]>> = {
  recording: ['通话录音.wav', 'call-recording.wav', 'audio/wav'],
  chat: ['会话记录.txt', 'chat-transcript.txt', 'text/plain'],
  mail: ['往来邮件.eml', 'e-mail.eml', 'message/rfc822'],
  photo: ['现场照片.png', 'photo.png', 'image/png'],
  sheet: ['核对清单.xlsx', 'checklist.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  usage: ['流量明细.csv', 'usage.csv', 'text/csv'],
  report: ['处理报告.pdf', 'report.pdf', 'application/pdf'],
  letter: ['答复函.docx', 'letter.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  page: ['页面存证.html', 'page-snapshot.html', 'text/html'],
  form: ['服务确认单.pdf', 'service-form.pdf', 'application/pdf'],
};

/** The files of a story. They are made only when read, each with a chance of its own, so that order does not matter. */
export function demoFiles(chance: Chance, story: Story, draft: RecordDraft): DemoFile[] {
  const kinds = (story.plot.files ?? []).filter(() => chance.percent(62));
  const files = kinds.map((kind): DemoFile => {
    const [zh, en, type] = NAMES[kind];
    const salt = chance.next();
    return { name: story.lang === 'zh' ? zh : en, type, make: () => make(kind, story, draft, salt) };
  });
  if (kinds.includes('form')) {
    const salt = chance.next();
    files.push({ name: story.lang === 'zh' ? '签名.png' : 'signature.png', type: 'image/png', make: () => Promise.resolve(signature(salt)) });
  }
  return files;
}

async function make(kind: FileKind, story: Story, draft: RecordDraft, salt: number): Promise<Buffer> {
  switch (kind) {
    case 'recording':
      return recordingWav(salt);
    case 'chat':
      return chatTxt(story, draft);
    case 'mail':
      return mailEml(story, draft);
    case 'photo':
      return photo(salt);
    case 'sheet':
      return buffer(checklistXlsx(story, draft));
    case 'usage':
      return buffer(usageCsv(story, draft, salt));
    case 'report':
      return reportPdf(story, draft);
    case 'letter':
      return letterDocx(story, draft);
    case 'page':
      return pageHtml(story, draft);
    case 'form':
      return formPdf(story, draft);
  }
}
