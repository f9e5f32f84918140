import { decompressRTF } from '@kenjiuno/decompressrtf';
import msgreader, { type FieldsData } from '@kenjiuno/msgreader';
import { charsetOfPage, guessCharset } from '../charset.js';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import { htmlText } from './html.js';
import { attached, body, head, type ReadInner } from './mail.js';
import { readRtf } from './rtf.js';

// The package is CommonJS and keeps its class as its default.
const { default: MsgReader } = msgreader;

/** A message of Outlook: its head, its text, and what is attached. */
export async function readMsg(bytes: Buffer, sink: Sink, readInner: ReadInner): Promise<void> {
  const { reader, message } = open(bytes);
  head(sink, message.subject, [
    { name: message.senderName ?? '', address: message.senderSmtpAddress ?? message.senderEmail ?? '' },
    ...(message.recipients ?? []).map((one) => ({ name: one.name ?? '', address: one.smtpAddress ?? one.email ?? '' })),
  ]);
  text(message, sink);
  for (const attachment of message.attachments ?? []) {
    if (attachment.innerMsgContent === true) {
      sink.notes.add('embedded');
      sink.add(`${attachment.name ?? ''}\n`);
      const inner = attachment.innerMsgContentFields;
      if (inner !== undefined) {
        sink.add(`${inner.subject ?? ''}\n`);
        text(inner, sink);
      }
    } else {
      const content = (attachment.contentLength ?? 0) > 0 ? Buffer.from(reader.getAttachment(attachment).content) : Buffer.alloc(0);
      await attached(sink, attachment.fileName ?? attachment.name ?? '', attachment.attachMimeTag ?? '', content, readInner);
    }
  }
}

function open(bytes: Buffer): { reader: InstanceType<typeof MsgReader>; message: FieldsData } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const first = new MsgReader(view);
    const message = first.getFileData();
    const page = message.messageCodepage ?? message.internetCodepage;
    if (page === undefined || page === 1252 || message.dataType === undefined) return { reader: first, message };
    const reader = new MsgReader(view);
    reader.parserConfig = { ansiEncoding: charsetOfPage(page) };
    return { reader, message: reader.getFileData() };
  } catch {
    throw new NoTextError('damaged');
  }
}

function text(message: FieldsData, sink: Sink): void {
  if ((message.body ?? '').trim() !== '') return body(sink, message.body, undefined);
  const html = message.html === undefined ? undefined : Buffer.from(message.html);
  if (html !== undefined && html.length > 0) {
    htmlText(
      new TextDecoder(
        charsetOfPage(message.internetCodepage ?? 0) === 'windows-1252'
          ? (guessCharset(html)?.charset ?? 'utf-8')
          : charsetOfPage(message.internetCodepage ?? 0),
      ).decode(html),
      sink,
    );
  } else if (message.bodyHtml !== undefined) htmlText(message.bodyHtml, sink);
  else if (message.compressedRtf !== undefined && message.compressedRtf.length > 0) readRtf(Buffer.from(decompressRTF([...message.compressedRtf])), sink);
  sink.line();
}
