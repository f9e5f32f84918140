import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { EnoughError, NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';

/** So many pages in a row without a readable one, and the rest is not looked at. */
const MOST_BAD_PAGES = 50;

const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));

/** PDF: the text layer page by page, with what was filled into forms and written as notes. */
export async function readPdf(bytes: Buffer, sink: Sink): Promise<void> {
  const pdfjs = await import('pdfjs-dist/legacy/build/pdf.mjs');
  const task = pdfjs.getDocument({
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    verbosity: 0,
    cMapUrl: `${join(folder, 'cmaps')}/`,
    cMapPacked: true,
    standardFontDataUrl: `${join(folder, 'standard_fonts')}/`,
    useSystemFonts: false,
    disableFontFace: true,
    useWasm: false,
    isEvalSupported: false,
    enableXfa: false,
    stopAtErrors: false,
  } as Parameters<typeof pdfjs.getDocument>[0]);
  try {
    const document = await task.promise.catch((error: unknown) => {
      const name = error instanceof Error ? error.name : '';
      throw new NoTextError(name === 'PasswordException' ? 'encrypted' : 'damaged');
    });
    sink.pages = document.numPages;
    await notes(document, sink);
    await readPages(document, sink);
  } finally {
    await task.destroy().catch(() => undefined);
  }
}

async function readPages(document: PDFDocumentProxy, sink: Sink): Promise<void> {
  let bad = 0;
  let read = 0;
  for (let number = 1; number <= document.numPages && bad < MOST_BAD_PAGES; number++) {
    sink.check();
    try {
      await readPage(document, number, sink);
      bad = 0;
      read++;
    } catch (error) {
      if (error instanceof EnoughError) throw error;
      sink.notes.add('partly_damaged');
      bad++;
    }
  }
  if (read === 0) throw new NoTextError('damaged');
}

async function readPage(document: PDFDocumentProxy, number: number, sink: Sink): Promise<void> {
  const page = await document.getPage(number);
  const content = await page.getTextContent();
  for (const item of content.items) if ('str' in item) sink.add(item.hasEOL ? `${item.str}\n` : item.str);
  sink.line();
  for (const annotation of (await page.getAnnotations()) as { fieldValue?: unknown; contentsObj?: { str?: unknown } }[]) {
    for (const text of [annotation.fieldValue, annotation.contentsObj?.str]) if (typeof text === 'string' && text !== '') sink.add(`${text}\n`);
  }
  page.cleanup();
}

async function notes(document: PDFDocumentProxy, sink: Sink): Promise<void> {
  try {
    if ((await document.getAttachments()) !== null) sink.notes.add('embedded');
    if ((await document.getJSActions()) !== null) sink.notes.add('macro');
  } catch {
    sink.notes.add('partly_damaged');
  }
}
