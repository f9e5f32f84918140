/** What a name claims: every extension of this table may only stand on content of one of its types. */
const office = 'application/vnd.openxmlformats-officedocument';
const odf = 'application/vnd.oasis.opendocument';
const ole = 'application/x-ole-storage';
const TEXT = ['text/plain', 'text/html', 'application/xml', 'image/svg+xml', 'message/rfc822', 'application/mbox', 'application/rtf'];

const CLAIMS: Record<string, readonly string[]> = {
  pdf: ['application/pdf'],
  png: ['image/png', 'image/apng'],
  jpg: ['image/jpeg'],
  jpeg: ['image/jpeg'],
  gif: ['image/gif'],
  bmp: ['image/bmp'],
  webp: ['image/webp'],
  tif: ['image/tiff'],
  tiff: ['image/tiff'],
  heic: ['image/heic', 'image/heif'],
  heif: ['image/heic', 'image/heif'],
  // an encrypted OOXML document is an OLE file; a .doc saved as RTF, HTML or MHTML by old programs is common and harmless
  docx: [`${office}.wordprocessingml.document`, ole],
  docm: [`${office}.wordprocessingml.document`, ole],
  xlsx: [`${office}.spreadsheetml.sheet`, ole],
  xlsm: [`${office}.spreadsheetml.sheet`, ole],
  pptx: [`${office}.presentationml.presentation`, ole],
  pptm: [`${office}.presentationml.presentation`, ole],
  doc: ['application/msword', ole, 'application/rtf', 'text/html', 'application/xml', 'message/rfc822'],
  xls: ['application/vnd.ms-excel', ole, 'text/html', 'application/xml', 'message/rfc822'],
  ppt: ['application/vnd.ms-powerpoint', ole],
  msg: ['application/vnd.ms-outlook', ole],
  odt: [`${odf}.text`],
  ods: [`${odf}.spreadsheet`],
  odp: [`${odf}.presentation`],
  odg: [`${odf}.graphics`],
  epub: ['application/epub+zip'],
  rtf: ['application/rtf'],
  zip: ['application/zip', `${office}.wordprocessingml.document`, `${office}.spreadsheetml.sheet`, `${office}.presentationml.presentation`],
  '7z': ['application/x-7z-compressed'],
  rar: ['application/x-rar-compressed', 'application/vnd.rar'],
  gz: ['application/gzip'],
  tgz: ['application/gzip'],
  tar: ['application/x-tar'],
  wav: ['audio/wav', 'audio/vnd.wave', 'audio/x-wav'],
  mp3: ['audio/mpeg'],
  amr: ['audio/amr', 'audio/amr-wb'],
  m4a: ['audio/x-m4a', 'audio/mp4', 'video/mp4'],
  aac: ['audio/aac'],
  flac: ['audio/flac', 'audio/x-flac'],
  ogg: ['audio/ogg', 'video/ogg', 'audio/ogg; codecs=opus'],
  opus: ['audio/ogg', 'audio/ogg; codecs=opus'],
  mp4: ['video/mp4', 'audio/mp4', 'audio/x-m4a', 'video/x-m4v'],
  mov: ['video/quicktime'],
  avi: ['video/vnd.avi', 'video/x-msvideo'],
  mkv: ['video/matroska', 'video/x-matroska', 'video/webm'],
  webm: ['video/webm', 'video/matroska'],
  // text of any kind may carry any of the names of text
  ...Object.fromEntries('txt md csv tsv json jsonl log xml html htm svg eml mbox mht mhtml yaml yml vcf ics'.split(' ').map((name) => [name, TEXT])),
};

/** Media types of text kinds that the name tells better than the content does. */
const REFINED: Record<string, string> = {
  md: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  jsonl: 'application/jsonl',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  vcf: 'text/vcard',
  ics: 'text/calendar',
  eml: 'message/rfc822',
  mbox: 'application/mbox',
  mht: 'multipart/related',
  mhtml: 'multipart/related',
};

/** Whether a name with this extension may stand on content of this type. An extension that claims nothing never lies. */
export function claimHolds(extension: string, mime: string): boolean {
  return CLAIMS[extension]?.includes(mime) ?? true;
}

/** The more exact type of a text by its name. */
export function refine(extension: string, mime: string): string {
  if (mime === 'application/mbox' && extension === 'eml') return 'message/rfc822'; // one mail with the envelope line left on top
  return mime === 'text/plain' ? (REFINED[extension] ?? mime) : mime;
}

/** The type that an extension stands for, used only for files without any content. */
export function claimedType(extension: string): string {
  const claim = CLAIMS[extension];
  return claim === TEXT ? (REFINED[extension] ?? 'text/plain') : (claim?.[0] ?? 'application/octet-stream');
}

/** The type that an OLE file without a readable directory has by its name. */
export function oleType(extension: string): string | undefined {
  return { doc: 'application/msword', xls: 'application/vnd.ms-excel', ppt: 'application/vnd.ms-powerpoint', msg: 'application/vnd.ms-outlook' }[extension];
}
