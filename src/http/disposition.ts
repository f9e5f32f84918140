import type { AccessKind } from '../records/index.js';

/** Types that a browser may show in a page of ours; everything else is handed over as a file. */
const INLINE = new Set([
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/bmp',
  'audio/wav',
  'audio/mpeg',
  'audio/ogg',
  'audio/mp4',
  'audio/amr',
  'audio/amr-wb',
  'text/plain',
]);

export function isInline(type: string): boolean {
  return INLINE.has(bare(type));
}

function bare(type: string): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** The type a response states: text of any kind is plain text in a browser, so that no stored page can run as one of ours. */
export function safeType(type: string, kind: AccessKind): string {
  const name = bare(type);
  if (kind !== 'download' && name.startsWith('text/')) return 'text/plain; charset=utf-8';
  if (name === 'application/json') return 'application/json; charset=utf-8';
  return /^[\w.+-]+\/[\w.+-]+$/.test(name) ? name : 'application/octet-stream';
}

/** `Content-Disposition` with an ASCII fallback and the real name (RFC 6266, RFC 8187). */
export function contentDisposition(name: string, type: string, kind: AccessKind): string {
  const how = kind !== 'download' && (isInline(type) || bare(type).startsWith('text/') || bare(type) === 'application/json') ? 'inline' : 'attachment';
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%;]/g, '_');
  return `${how}; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
}
