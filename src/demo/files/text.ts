import type { RecordDraft } from '../../records/index.js';
import type { Story } from '../story.js';

/** What was said in a chat, line by line with times. */
export function chatTxt(story: Story, draft: RecordDraft): Buffer {
  const zh = story.lang === 'zh';
  const agent = `${zh ? '坐席' : 'Agent'} ${draft.staff.number ?? ''}`;
  const client = zh ? '客户' : 'Client';
  const lines: [string, string][] = [
    [agent, zh ? '您好，很高兴为您服务，请问有什么可以帮您？' : 'Hello, how can I help you?'],
    [client, draft.content ?? draft.title],
    [agent, zh ? '已经了解，我核实一下，请稍等两分钟。' : 'I see. Let me check, two minutes please.'],
    [client, zh ? `好的。方便的话打我电话 ${story.client.phone}。` : `Fine. You can also call me on ${story.client.phone}.`],
    [agent, draft.solution ?? draft.handling ?? draft.result ?? draft.title],
    [client, draft.clientFeedback ?? (zh ? '好的，谢谢。' : 'All right, thank you.')],
    [agent, zh ? '感谢您的反馈，请为本次服务打分，祝您生活愉快。' : 'Thank you. Please rate this chat, and have a good day.'],
  ];
  const start = Date.parse(draft.servedAt ?? draft.openedAt);
  return Buffer.from(
    lines.map(([who, what], i) => `[${new Date(start + i * 47_000).toISOString().slice(0, 19).replace('T', ' ')}Z] ${who}: ${what}\n`).join(''),
  );
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A page kept as evidence. */
export function pageHtml(story: Story, draft: RecordDraft): Buffer {
  const rows = [draft.title, draft.content ?? '', draft.feedback?.demand ?? ''].filter((text) => text !== '').map((text) => `<p>${escape(text)}</p>`);
  const title = story.lang === 'zh' ? '页面存证' : 'Page kept as evidence';
  return Buffer.from(
    `<!doctype html>\n<html lang="${story.lang}">\n<head><meta charset="utf-8"><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<p>${draft.openedAt}</p>\n${rows.join('\n')}\n</body>\n</html>\n`,
  );
}
