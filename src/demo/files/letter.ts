import { zip } from '../../documents/index.js';
import type { ZipEntry } from '../../documents/index.js';
import type { RecordDraft } from '../../records/index.js';
import type { Story } from '../story.js';

function paragraphs({ lang, client }: Story, draft: RecordDraft): string[] {
  const day = draft.closedAt.slice(0, 10);
  if (lang === 'zh')
    return [
      `关于${draft.title}的答复`,
      `${client.called}：`,
      `您反映的问题（服务编号 ${draft.serviceNo}）已核查完毕。`,
      draft.handling ?? draft.content ?? '',
      draft.solution ?? '',
      draft.result ?? '',
      '感谢您的理解与监督。',
      `经办人：${draft.staff.name}`,
      day,
    ];
  return [
    `Our answer: ${draft.title}`,
    `Dear ${client.called},`,
    `We have looked into your case (service number ${draft.serviceNo}).`,
    draft.handling ?? draft.content ?? '',
    draft.solution ?? '',
    draft.result ?? '',
    'Thank you for your patience.',
    draft.staff.name,
    day,
  ];
}

/** An e-mail with its headers, body in base64 as clients send it. */
export function mailEml(story: Story, draft: RecordDraft): Promise<Buffer> {
  const encoded = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
  const [subject = '', ...body] = paragraphs(story, draft);
  const lines =
    Buffer.from(`${body.filter((text) => text !== '').join('\n\n')}\n`)
      .toString('base64')
      .match(/.{1,76}/g) ?? [];
  const head = [
    `From: ${encoded(draft.staff.name)} <service@example.com>`,
    `To: ${encoded(story.client.name)} <${story.client.email}>`,
    `Subject: ${
      encoded(subject)
        .match(/.{1,900}/g)
        ?.join('\r\n ') ?? ''
    }`,
    `Date: ${new Date(draft.closedAt).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${draft.serviceNo.toLowerCase()}@example.com>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ];
  return Promise.resolve(Buffer.from(`${head.join('\r\n')}\r\n\r\n${lines.join('\r\n')}\r\n`));
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A letter as a word processor saves it. */
export async function letterDocx(story: Story, draft: RecordDraft): Promise<Buffer> {
  const body = paragraphs(story, draft)
    .filter((text) => text !== '')
    .map(
      (text, i) =>
        `<w:p>${i === 0 ? '<w:pPr><w:jc w:val="center"/></w:pPr>' : ''}<w:r>${i === 0 ? '<w:rPr><w:b/><w:sz w:val="32"/></w:rPr>' : ''}<w:t xml:space="preserve">${escape(text)}</w:t></w:r></w:p>`,
    )
    .join('');
  const entries: ZipEntry[] = [
    {
      name: '[Content_Types].xml',
      content: [
        `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
      ],
    },
    {
      name: '_rels/.rels',
      content: [
        `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
      ],
    },
    { name: 'word/document.xml', content: [`${XML}<w:document xmlns:w="${WORD}"><w:body>${body}</w:body></w:document>`] },
  ];
  const parts: Buffer[] = [];
  for await (const part of zip(entries)) parts.push(part);
  return Buffer.concat(parts);
}
