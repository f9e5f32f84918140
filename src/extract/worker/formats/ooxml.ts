import type { Sink } from '../sink.js';
import { type Attributes, readXml, type XmlHandlers } from '../xml.js';
import type { Zip } from '../zip.js';
import { noteParts } from './parts.js';

/** Text that was deleted or that commands a field, and the second form of what stands there already. */
const WORD_SKIPPED = new Set(['delText', 'instrText', 'delInstrText', 'Fallback', 'posOffset', 'pctWidth', 'pctHeight']);
const SLIDE_SKIPPED = new Set(['Fallback']);

/** Word: the body, then what stands beside it. */
export async function readDocx(zip: Zip, sink: Sink): Promise<void> {
  noteParts(zip, sink);
  const parts = [
    ...zip.names('word/document', '.xml'),
    ...['header', 'footer', 'footnotes', 'endnotes', 'comments'].flatMap((part) => zip.names(`word/${part}`, '.xml')),
    ...zip.names('word/diagrams/data', '.xml'),
    ...zip.names('word/charts/chart', '.xml'),
  ].filter((name) => !/comments(Extended|Ids|Extensible)/.test(name));
  for (const part of parts) {
    await readXml(zip, part, sink, paragraphs(sink, WORD_SKIPPED));
    sink.line();
  }
}

/** PowerPoint: each slide with its notes and comments. */
export async function readPptx(zip: Zip, sink: Sink): Promise<void> {
  noteParts(zip, sink);
  const slides = zip.names('ppt/slides/slide', '.xml');
  sink.pages = slides.length;
  const beside = ['ppt/notesSlides/', 'ppt/comments/', 'ppt/diagrams/data', 'ppt/charts/chart'].flatMap((start) => zip.names(start, '.xml'));
  for (const part of [...slides, ...beside]) {
    await readXml(zip, part, sink, paragraphs(sink, SLIDE_SKIPPED));
    sink.line();
  }
}

/** Hears the text of `t` (and `text` of comments) elements, of Word as of drawings, and ends lines with paragraphs. */
export function paragraphs(sink: Sink, skipped: ReadonlySet<string>): XmlHandlers {
  let inText = 0;
  let inSkipped = 0;
  return {
    open(name, _attributes: Attributes) {
      if (skipped.has(name)) inSkipped++;
      else if (name === 't' || name === 'text' || name === 'v') inText++;
      else if (inSkipped === 0 && (name === 'br' || name === 'cr')) sink.line();
      else if (inSkipped === 0 && (name === 'tab' || name === 'tc')) sink.add('\t');
      else if (name === 'noBreakHyphen') sink.add('-');
    },
    close(name) {
      if (skipped.has(name)) inSkipped--;
      else if (name === 't' || name === 'text' || name === 'v') {
        inText--;
        if (name !== 't') sink.line();
      } else if (name === 'p' || name === 'tr') sink.line();
    },
    text(text) {
      if (inText > 0 && inSkipped === 0) sink.add(text);
    },
  };
}
