import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import { readXml } from '../xml.js';
import type { Zip } from '../zip.js';
import { noteParts } from './parts.js';

const SKIPPED = new Set([
  'tracked-changes',
  'sequence-decls',
  'forms',
  'creator',
  'date',
  'scripts',
  'date-style',
  'number-style',
  'time-style',
  'currency-style',
]);
const BLANKS = 1000;

/** OpenDocument text, tables and slides: the content, then headers and footers. */
export async function readOdf(zip: Zip, sink: Sink): Promise<void> {
  noteParts(zip, sink);
  if (/<(\w+:)?encryption-data[\s/>]/.test((await zip.text('META-INF/manifest.xml')) ?? '')) throw new NoTextError('encrypted');
  if (!zip.entries.has('content.xml')) throw new NoTextError('damaged');
  await readPart(zip, 'content.xml', sink, false);
  // Tables bring margins of their own, which only name the sheet and count pages.
  if (!((await zip.text('mimetype')) ?? '').includes('spreadsheet')) await readPart(zip, 'styles.xml', sink, true);
}

/** @param onlyMargins whether only headers and footers count, as in the part that holds the styles */
async function readPart(zip: Zip, part: string, sink: Sink, onlyMargins: boolean): Promise<void> {
  let skipped = 0;
  let inParagraph = 0;
  let inMargin = onlyMargins ? 0 : 1;
  let slides = 0;
  let cells = 0;
  await readXml(zip, part, sink, {
    open(name, attributes, prefix) {
      if (SKIPPED.has(name)) skipped++;
      else if ((name === 'p' || name === 'h') && prefix === 'text') inParagraph++;
      else if (/^(header|footer)(-left|-first)?$/.test(name) && prefix === 'style') inMargin++;
      else if (name === 'page' && prefix === 'draw') slides++;
      else if (name === 'table' && prefix === 'table' && inMargin > 0) sink.add(`${attributes['table:name'] ?? ''}\n`);
      else if (name === 'table-cell') cells++;
      else if (inParagraph === 0) return;
      else if (name === 's') sink.add(' '.repeat(Math.min(BLANKS, Math.max(1, Number(attributes['text:c'] ?? 1) || 1))));
      else if (name === 'tab') sink.add('\t');
      else if (name === 'line-break') sink.line();
    },
    close(name, prefix) {
      if (SKIPPED.has(name)) skipped--;
      else if ((name === 'p' || name === 'h') && prefix === 'text') {
        inParagraph--;
        if (inMargin > 0) sink.add(cells > 0 ? '\t' : '\n');
      } else if (name === 'table-cell') cells--;
      else if (name === 'table-row') sink.line();
      else if (/^(header|footer)(-left|-first)?$/.test(name) && prefix === 'style') inMargin--;
    },
    text(text) {
      if (inParagraph > 0 && skipped === 0 && inMargin > 0) sink.add(text);
    },
  });
  if (slides > 0 && !onlyMargins) sink.pages = slides;
}
