import type { Zip } from './zip.js';

/** The kinds of file that are read. */
export type Format = 'pdf' | 'zip' | 'docx' | 'xlsx' | 'pptx' | 'odf' | 'ole' | 'rtf' | 'html' | 'eml' | 'mbox' | 'json' | 'xml' | 'text' | 'image' | 'unknown';

const IMAGES = /^(\x89PNG\r\n|\xff\xd8\xff|II\*\0|MM\0\*)/;
const TEXT_EXTENSIONS = new Set('txt csv tsv md markdown log ini conf yaml yml toml text srt vtt vcf ics jsonl ndjson'.split(' '));

/** Names that claim a format whose mark the content lacks, so that damage can be told from the unknown. */
const NAMED = new Map<string, Format>(
  Object.entries({
    pdf: 'pdf',
    rtf: 'rtf',
    docx: 'zip',
    xlsx: 'zip',
    pptx: 'zip',
    odt: 'zip',
    ods: 'zip',
    odp: 'zip',
    zip: 'zip',
    doc: 'ole',
    xls: 'ole',
    ppt: 'ole',
    msg: 'ole',
  } as const),
);

/** What a file is: by its content as far as that tells, then by what capture found, last by its name. */
export function detect(bytes: Buffer, mediaType: string, extension: string): Format {
  const head = bytes.toString('latin1', 0, 1024);
  if (head.includes('%PDF-')) return 'pdf';
  if (/^PK(\x03\x04|\x05\x06)/.test(head)) return 'zip';
  if (head.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return 'ole';
  if (head.startsWith('{\\rtf')) return 'rtf';
  if (IMAGES.test(head)) return 'image';
  if (mediaType === 'text/html' || mediaType === 'application/xhtml+xml' || /^(html?|xhtml)$/.test(extension)) return 'html';
  if (mediaType === 'message/rfc822' || /^(eml|mht|mhtml)$/.test(extension)) return 'eml';
  if (mediaType === 'application/mbox' || extension === 'mbox') return 'mbox';
  if (mediaType === 'application/json' || extension === 'json') return 'json';
  if (/^(application|text)\/xml$|\+xml$/.test(mediaType) || /^(xml|svg)$/.test(extension)) return 'xml';
  if (mediaType.startsWith('text/') || TEXT_EXTENSIONS.has(extension)) return 'text';
  return NAMED.get(extension) ?? byLook(head);
}

function byLook(head: string): Format {
  if (/^\s*(<!doctype html|<html[\s>])/i.test(head)) return 'html';
  if (/^\s*<\?xml/.test(head)) return 'xml';
  return 'unknown';
}

/** What kind of document a ZIP is. */
export function zipKind(zip: Zip): Format {
  if (zip.entries.has('word/document.xml') || (zip.has('word/') && zip.entries.has('[Content_Types].xml'))) return 'docx';
  if (zip.has('xl/') && (zip.entries.has('[Content_Types].xml') || zip.entries.has('xl/workbook.xml'))) return 'xlsx';
  if (zip.has('ppt/') && (zip.entries.has('[Content_Types].xml') || zip.has('ppt/slides/'))) return 'pptx';
  if (zip.entries.has('mimetype') && (zip.entries.has('content.xml') || zip.entries.has('META-INF/manifest.xml'))) return 'odf';
  return 'zip';
}
