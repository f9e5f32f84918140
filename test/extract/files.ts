import { deflateRawSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { CFB, utils, write } from '@e965/xlsx';
import PDFDocument from 'pdfkit';
import { ROOT } from '../support/sources.js';

/** Small files of every format, made from a text. */

export interface Member {
  name: string;
  content: Buffer | string;
  /** As it stands in the file, where the content is not to be packed here. */
  packed?: Buffer;
  size?: number;
  rawName?: Buffer;
  flags?: number;
}

/** A ZIP of deflated members, with its directory. */
export function zip(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = Buffer.from(member.content);
    const packed = member.packed ?? deflateRawSync(content);
    const name = member.rawName ?? Buffer.from(member.name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(member.flags ?? 0, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(member.size ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, packed]);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), name]);
    entry.writeUInt32LE(offset, 42);
    parts.push(local);
    directory.push(entry);
    offset += local.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, all, end]);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const types: Member = { name: '[Content_Types].xml', content: '<?xml version="1.0"?><Types/>' };

export function docx(lines: readonly string[], extra: readonly Member[] = []): Buffer {
  const body = lines.map((line) => `<w:p><w:r><w:t>${escaped(line)}</w:t></w:r></w:p>`).join('');
  return zip([types, { name: 'word/document.xml', content: `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>` }, ...extra]);
}

export function pptx(slides: readonly string[], notes: readonly string[] = []): Buffer {
  const part = (text: string): string => `<?xml version="1.0"?><p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${escaped(text)}</a:t></a:r></a:p></p:sld>`;
  return zip([
    types,
    { name: 'ppt/presentation.xml', content: '<p/>' },
    ...slides.map((text, i) => ({ name: `ppt/slides/slide${i + 1}.xml`, content: part(text) })),
    ...notes.map((text, i) => ({ name: `ppt/notesSlides/notesSlide${i + 1}.xml`, content: part(text) })),
  ]);
}

/** Cells as `{ v: text }` or as numbers with a format. */
export function xlsx(cells: string, strings: readonly string[], formats: readonly string[] = []): Buffer {
  return zip([
    types,
    { name: 'xl/workbook.xml', content: '<workbook xmlns:r="r"><sheets><sheet name="投诉台账" sheetId="1" r:id="rId7"/></sheets></workbook>' },
    { name: 'xl/_rels/workbook.xml.rels', content: '<Relationships><Relationship Id="rId7" Target="worksheets/first.xml"/></Relationships>' },
    {
      name: 'xl/sharedStrings.xml',
      content: `<sst>${strings.map((text) => `<si><r><t>${escaped(text)}</t></r><rPh><t>hidden</t></rPh></si>`).join('')}</sst>`,
    },
    {
      name: 'xl/styles.xml',
      content: `<styleSheet><numFmts>${formats.map((code, i) => `<numFmt numFmtId="${200 + i}" formatCode="${escaped(code)}"/>`).join('')}</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>${formats.map((_, i) => `<xf numFmtId="${200 + i}"/>`).join('')}</cellXfs></styleSheet>`,
    },
    { name: 'xl/worksheets/first.xml', content: `<worksheet><sheetData>${cells}</sheetData></worksheet>` },
  ]);
}

export function odt(lines: readonly string[], extra: readonly Member[] = [], mimetype = 'application/vnd.oasis.opendocument.text'): Buffer {
  const body = lines.map((line) => `<text:p>${escaped(line)}<text:s text:c="3"/><text:tab/>.</text:p>`).join('');
  return zip([
    { name: 'mimetype', content: mimetype },
    {
      name: 'content.xml',
      content: `<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:text="t"><office:body>${body}</office:body></office:document-content>`,
    },
    ...extra,
  ]);
}

/** Pages of text; with a password the file is sealed under it. */
export async function pdf(pages: readonly string[], options: PDFKit.PDFDocumentOptions = {}): Promise<Buffer> {
  const document = new PDFDocument({ autoFirstPage: false, font: join(ROOT, 'assets/fonts/NotoSansSC-Regular.ttf'), ...options });
  const whole = buffer(document);
  for (const text of pages) document.addPage().text(text);
  document.end();
  return whole;
}

interface Writer {
  utils: { cfb_new(): object; cfb_add(container: object, path: string, content: Buffer): void };
  write(container: object, options: { type: 'buffer' }): Buffer;
}

/** A container of streams, as old Office and Outlook write it. */
export function ole(streams: Record<string, Buffer>): Buffer {
  const writer = CFB as Writer;
  const container = writer.utils.cfb_new();
  for (const [path, content] of Object.entries(streams)) writer.utils.cfb_add(container, path, content);
  return Buffer.from(writer.write(container, { type: 'buffer' }));
}

/** Word 97: one piece in Unicode and one in the Western code page. */
export function doc(wide: string, narrow: string, options: { encrypted?: boolean; macros?: boolean } = {}): Buffer {
  const at = 2048;
  const wideBytes = Buffer.from(wide, 'utf16le');
  const narrowBytes = Buffer.from(narrow, 'latin1');
  const main = Buffer.concat([Buffer.alloc(at), wideBytes, narrowBytes, Buffer.alloc(4096)]);
  main.writeUInt16LE(0xa5ec, 0);
  main.writeUInt16LE(0x00c1, 2);
  main.writeUInt16LE(0x0200 | (options.encrypted === true ? 0x0100 : 0), 0x0a);
  const list = Buffer.alloc(12 + 16);
  list.writeUInt32LE(wide.length, 4);
  list.writeUInt32LE(wide.length + narrow.length, 8);
  list.writeUInt32LE(at, 12 + 2);
  list.writeUInt32LE((((at + wideBytes.length) << 1) | 0x4000_0000) >>> 0, 20 + 2);
  const pieces = Buffer.concat([Buffer.from([2]), Buffer.alloc(4), list]);
  pieces.writeUInt32LE(list.length, 1);
  main.writeUInt32LE(0, 0x01a2);
  main.writeUInt32LE(pieces.length, 0x01a6);
  return ole({
    '/WordDocument': main,
    '/1Table': Buffer.concat([pieces, Buffer.alloc(4096)]),
    ...(options.macros === true ? { '/Macros/VBA/dir': Buffer.alloc(16, 1) } : {}),
  });
}

export function xls(rows: readonly (readonly (string | number | Date)[])[], sheet: string): Buffer {
  const book = { SheetNames: [sheet], Sheets: { [sheet]: utils.aoa_to_sheet(rows as unknown[][]) } };
  return Buffer.from(write(book, { type: 'buffer', bookType: 'biff8' }) as Buffer);
}

function pptRecord(type: number, body: Buffer, container = false): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(container ? 0x0f : 0, 0);
  head.writeUInt16LE(type, 2);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function ppt(wide: string, narrow: string): Buffer {
  const slide = pptRecord(0x03ee, Buffer.concat([pptRecord(0x0fa0, Buffer.from(wide, 'utf16le')), pptRecord(0x0fa8, Buffer.from(narrow, 'latin1'))]), true);
  const master = pptRecord(0x03f8, pptRecord(0x0fa8, Buffer.from('click to edit')), true);
  return ole({ '/PowerPoint Document': Buffer.concat([master, slide]), '/Current User': Buffer.alloc(40) });
}

export function msg(subject: string, text: string): Buffer {
  return ole({
    '/__properties_version1.0': Buffer.alloc(32),
    '/__nameid_version1.0/__substg1.0_00020102': Buffer.alloc(16),
    '/__substg1.0_0037001F': Buffer.from(subject, 'utf16le'),
    '/__substg1.0_1000001F': Buffer.from(text, 'utf16le'),
  });
}

/** A mail with an encoded subject, a text in GB18030, and one attached file. */
export function eml(subject: string, gbText: Buffer, attached: { name: string; type: string; content: Buffer }): Buffer {
  const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
  return Buffer.from(
    [
      'From: kefu@example.com',
      `To: ${encoded('王芳')} <wang@example.com>`,
      `Subject: ${encoded(subject)}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      'Content-Type: text/plain; charset=gb18030',
      'Content-Transfer-Encoding: base64',
      '',
      gbText.toString('base64'),
      '--b',
      `Content-Type: ${attached.type}; name="${encoded(attached.name)}"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="${encoded(attached.name)}"`,
      '',
      attached.content.toString('base64'),
      '--b--',
      '',
    ].join('\r\n'),
  );
}
