import PostalMime, { type Address, type Email } from 'postal-mime';
import { EnoughError, NoTextError } from '../refuse.js';
import { Sink } from '../sink.js';
import { htmlText } from './html.js';

/** Reads a file that lies inside another one. */
export type ReadInner = (bytes: Buffer, mediaType: string, extension: string) => Promise<void>;

const DEEPEST = 32;
const MOST_HEADERS = 1_048_576;

/** A mail: its head, its text, and the names of what is attached; what is attached is read as well. */
export async function readEml(bytes: Buffer, sink: Sink, readInner: ReadInner): Promise<void> {
  let mail: Email;
  try {
    mail = await PostalMime.parse(bytes, { maxNestingDepth: DEEPEST, maxHeadersSize: MOST_HEADERS, attachmentEncoding: 'arraybuffer' });
  } catch {
    throw new NoTextError('damaged');
  }
  head(sink, mail.subject, [mail.from, ...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? []), ...(mail.replyTo ?? [])]);
  body(sink, mail.text, mail.html);
  for (const { filename, mimeType, content } of mail.attachments) {
    await attached(sink, filename ?? '', mimeType, content instanceof ArrayBuffer ? Buffer.from(content) : Buffer.alloc(0), readInner);
  }
}

/** The mails of a mailbox file, one after the other. */
export async function readMbox(bytes: Buffer, sink: Sink, readInner: ReadInner): Promise<void> {
  const mark = Buffer.from('\nFrom ');
  let start = bytes.indexOf('From ');
  while (start >= 0 && start < bytes.length) {
    const next = bytes.indexOf(mark, start);
    const whole = bytes.subarray(start, next < 0 ? bytes.length : next + 1);
    const lineEnd = whole.indexOf('\n');
    if (lineEnd > 0) await readEml(whole.subarray(lineEnd + 1), sink, readInner);
    sink.line();
    start = next < 0 ? -1 : next + 1;
  }
}

/** The texts of a mail's head, line by line. */
export function head(sink: Sink, subject: string | undefined, people: readonly (Address | undefined)[]): void {
  sink.add(`${subject ?? ''}\n`);
  for (const person of people.flatMap((one) => (one === undefined ? [] : 'group' in one && one.group !== undefined ? one.group : [one]))) {
    sink.add(`${person.name} ${person.address ?? ''}\n`);
  }
}

/** The plain text, and that of the HTML where there is no other, or where it says something else. */
export function body(sink: Sink, text: string | undefined, html: string | undefined): void {
  sink.add(`${text ?? ''}\n`);
  if (html === undefined) return;
  const shown = new Sink(sink.outputChars, sink.deadline);
  try {
    htmlText(html, shown);
  } catch (error) {
    if (!(error instanceof EnoughError)) throw error;
  }
  const said = wordsOf(text ?? '');
  const found = shown.text();
  if ([...wordsOf(found)].some((word) => !said.has(word))) sink.add(`${found}\n`);
}

const wordsOf = (text: string): Set<string> => new Set(text.match(/[\p{L}\p{N}]+/gu));

/** Names what is attached and reads it; what cannot be read is named only. */
export async function attached(sink: Sink, name: string, mediaType: string, content: Buffer, readInner: ReadInner): Promise<void> {
  sink.notes.add('embedded');
  sink.add(`${name}\n`);
  if (content.length === 0) return;
  const notes = new Set(sink.notes);
  const pages = sink.pages;
  try {
    await readInner(content, mediaType, /\.([^.]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? '');
  } catch (error) {
    if (error instanceof EnoughError) throw error;
    if (!notes.has('partly_damaged')) sink.notes.delete('partly_damaged'); // the mail itself is whole
  }
  sink.pages = pages;
  sink.line();
}
