import { detect, type Format, zipKind } from './detect.js';
import { NoTextError } from './refuse.js';
import type { Sink } from './sink.js';
import { Zip } from './zip.js';

/** Bytes that the members of one file may unpack to. */
const MOST_UNPACKED = 536_870_912;
/** A file, and what is attached to it. */
const DEEPEST = 1;

/** Reads a file's text into the sink, or throws a {@link NoTextError}. Formats are loaded when one comes. */
export async function read(
  bytes: Buffer,
  mediaType: string,
  extension: string,
  sink: Sink,
  told: (format: string) => void = () => undefined,
  depth = 0,
): Promise<void> {
  if (bytes.length === 0) throw new NoTextError('empty');
  const format = detect(bytes, mediaType, extension);
  told(format);
  if (format === 'zip') return readZip(bytes, sink, told);
  if (format === 'ole') return readOle(bytes, sink, told, depth);
  await readFlat(format, bytes, sink, depth);
}

const inner =
  (sink: Sink, depth: number) =>
  async (bytes: Buffer, mediaType: string, extension: string): Promise<void> => {
    if (depth < DEEPEST) await read(bytes, mediaType, extension, sink, undefined, depth + 1);
  };

async function readFlat(format: Format, bytes: Buffer, sink: Sink, depth: number): Promise<void> {
  switch (format) {
    case 'pdf':
      return (await import('./formats/pdf.js')).readPdf(bytes, sink);
    case 'rtf':
      return (await import('./formats/rtf.js')).readRtf(bytes, sink);
    case 'html':
      return (await import('./formats/html.js')).readHtml(bytes, sink);
    case 'xml':
      return (await import('./formats/html.js')).readXmlText(bytes, sink);
    case 'eml':
      return (await import('./formats/mail.js')).readEml(bytes, sink, inner(sink, depth));
    case 'mbox':
      return (await import('./formats/mail.js')).readMbox(bytes, sink, inner(sink, depth));
    case 'json':
      return (await import('./formats/plain.js')).readJson(bytes, sink);
    case 'text':
      return (await import('./formats/plain.js')).readPlain(bytes, sink);
    case 'image':
      throw new NoTextError('needs_ocr');
    default:
      return (await import('./formats/plain.js')).readPlain(bytes, sink, 'unsupported');
  }
}

async function readZip(bytes: Buffer, sink: Sink, told: (format: string) => void): Promise<void> {
  const zip = new Zip(bytes, MOST_UNPACKED);
  if (zip.entries.size === 0) throw new NoTextError(bytes.length <= 22 ? 'empty' : 'damaged');
  const kind = zipKind(zip);
  told(kind);
  if (kind === 'docx') return (await import('./formats/ooxml.js')).readDocx(zip, sink);
  if (kind === 'pptx') return (await import('./formats/ooxml.js')).readPptx(zip, sink);
  if (kind === 'xlsx') return (await import('./formats/xlsx.js')).readXlsx(zip, sink);
  if (kind === 'odf') return (await import('./formats/odf.js')).readOdf(zip, sink);
  // Of an archive only the names are text: what lies in it was not captured as a file of its own.
  sink.notes.add('embedded');
  if (zip.damaged) sink.notes.add('partly_damaged');
  for (const name of zip.entries.keys()) sink.add(`${name}\n`);
}

async function readOle(bytes: Buffer, sink: Sink, told: (format: string) => void, depth: number): Promise<void> {
  const { Ole, oleKind } = await import('./formats/ole.js');
  const ole = new Ole(bytes);
  const kind = oleKind(ole);
  told(kind ?? 'ole');
  switch (kind) {
    case 'doc':
      return (await import('./formats/doc.js')).readDoc(ole, sink);
    case 'xls':
      return (await import('./formats/xls.js')).readXls(bytes, ole, sink);
    case 'ppt':
      return (await import('./formats/ppt.js')).readPpt(ole, sink);
    case 'msg':
      return (await import('./formats/msg.js')).readMsg(bytes, sink, inner(sink, depth));
    case 'encrypted':
      throw new NoTextError('encrypted');
    default:
      throw new NoTextError('unsupported');
  }
}
