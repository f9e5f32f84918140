import { EOCD_TAIL, entriesIn } from './zip-names.js';

/** What a container (ZIP, OLE compound file) turned out to be. */
export interface Contained {
  mime: string;
  extension: string;
  flags: ('encrypted' | 'macros')[];
  program: boolean;
}

const OOXML = 'application/vnd.openxmlformats-officedocument';
const ODF: Record<string, string> = {
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'application/vnd.oasis.opendocument.presentation': 'odp',
  'application/vnd.oasis.opendocument.graphics': 'odg',
  'application/epub+zip': 'epub',
};

/** Looks at the member names of a ZIP as far as head and tail show them. */
export function inspectZip(head: Buffer, tail: Buffer): Contained {
  const entries = entriesIn(head, tail);
  const has = (test: (name: string) => boolean): boolean => entries.some((entry) => test(entry.name));
  const encrypted = entries.some((entry) => entry.encrypted);
  const macros = has((name) => name.endsWith('vbaProject.bin'));
  const flags: Contained['flags'] = [...(encrypted ? (['encrypted'] as const) : []), ...(macros ? (['macros'] as const) : [])];
  const be = (mime: string, extension: string, program = false): Contained => ({ mime, extension, flags, program });

  if (has((name) => name === 'AndroidManifest.xml' || name === 'classes.dex')) return be('application/vnd.android.package-archive', 'apk', true);
  const first = entries[0];
  const mimetype = first?.name === 'mimetype' ? first.stored.trim() : '';
  if (ODF[mimetype] !== undefined) return be(mimetype, ODF[mimetype]);
  if (has((name) => name === 'META-INF/MANIFEST.MF') && has((name) => name.endsWith('.class') || name === 'META-INF/MANIFEST.MF'))
    return be('application/java-archive', 'jar', true);
  if (has((name) => name.startsWith('word/'))) return be(`${OOXML}.wordprocessingml.document`, macros ? 'docm' : 'docx');
  if (has((name) => name.startsWith('xl/'))) return be(`${OOXML}.spreadsheetml.sheet`, macros ? 'xlsm' : 'xlsx');
  if (has((name) => name.startsWith('ppt/'))) return be(`${OOXML}.presentationml.presentation`, macros ? 'pptm' : 'pptx');
  return be('application/zip', 'zip');
}

/** How much of a file's end tells enough about a container. */
export const TAIL_BYTES = EOCD_TAIL;

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const OLE_STREAMS: [string, string, string][] = [
  ['__nameid_version1.0', 'application/vnd.ms-outlook', 'msg'],
  ['WordDocument', 'application/msword', 'doc'],
  ['PowerPoint Document', 'application/vnd.ms-powerpoint', 'ppt'],
  ['Workbook', 'application/vnd.ms-excel', 'xls'],
];
/** Class of a Windows Installer database, as it stands in the root entry. */
const MSI = Buffer.from('8410 0c00 0000 0000 c000 0000 0000 0046'.replaceAll(' ', ''), 'hex');

export const isOle = (head: Buffer): boolean => head.subarray(0, 8).equals(Buffer.from('d0cf11e0a1b11ae1', 'hex'));

/** Looks for the stream names of an OLE compound file; its directory may stand anywhere, so both ends are searched. */
export function inspectOle(head: Buffer, tail: Buffer): Contained {
  const holds = (needle: Buffer): boolean => head.includes(needle) || tail.includes(needle);
  if (holds(MSI)) return { mime: 'application/x-msi', extension: 'msi', flags: [], program: true };
  if (holds(utf16('EncryptedPackage'))) return { mime: 'application/x-ole-storage', extension: '', flags: ['encrypted'], program: false };
  const macros = holds(utf16('_VBA_PROJECT'));
  const found = OLE_STREAMS.find(([name]) => holds(utf16(name)));
  // 'Book' is the stream of Excel 5/95; too short to search for without its end mark
  const [, mime, extension] = found ?? (holds(utf16('Book\0')) ? ['', 'application/vnd.ms-excel', 'xls'] : ['', 'application/x-ole-storage', '']);
  return { mime: mime ?? '', extension: extension ?? '', flags: macros ? ['macros'] : [], program: false };
}
