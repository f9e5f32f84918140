/** Whether the bytes read as text, and as which kind. */
export interface TextKind {
  mime: string;
  extension: string;
}

/** `undefined` when the bytes are not text in UTF-8, UTF-16 with a mark, or GB18030. */
export function textKind(head: Buffer, whole: boolean): TextKind | undefined {
  const text = decoded(head, whole);
  if (text === undefined) return undefined;
  const start = text.replace(/^\uFEFF/, '').slice(0, 4096);
  if (/^\{\\rtf/.test(start)) return { mime: 'application/rtf', extension: 'rtf' };
  if (/^From \S+.*\d{4}\r?$/m.test(start.split('\n', 1)[0] ?? '')) return { mime: 'application/mbox', extension: 'mbox' };
  if (isMail(start)) return { mime: 'message/rfc822', extension: 'eml' };
  if (/^\s*<(?:!doctype html|html|head|body)\b/i.test(start)) return { mime: 'text/html', extension: 'html' };
  if (/<svg[\s>]/i.test(start) && /^\s*</.test(start)) return { mime: 'image/svg+xml', extension: 'svg' };
  if (/^\s*<\?xml\b/.test(start)) return { mime: 'application/xml', extension: 'xml' };
  return { mime: 'text/plain', extension: 'txt' };
}

const HEADER = /^(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|content-type|x-[\w-]+|reply-to|sender|dkim-signature):/i;

/** At least three header lines of a mail before the first blank line, with a sender or date among them. */
function isMail(start: string): boolean {
  const headers = (start.split(/\r?\n\r?\n/, 1)[0] ?? '').split(/\r?\n/).filter((line) => !/^[ \t]/.test(line));
  const known = headers.filter((line) => HEADER.test(line)).length;
  return known >= 3 && /^(?:from|date|message-id|received):/im.test(start) && headers.every((line) => /^[\w-]+:/.test(line));
}

function decoded(head: Buffer, whole: boolean): string | undefined {
  if (head.length === 0) return '';
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    return strict(head[0] === 0xff ? 'utf-16le' : 'utf-16be', head, whole);
  }
  if (head.includes(0)) return undefined;
  const text = strict('utf-8', head, whole) ?? strict('gb18030', head, whole);
  if (text === undefined) return undefined;
  const controls = text.slice(0, 8192).match(/[\u0001-\u0008\u000E-\u001A\u001C-\u001F\u0080-\u009F]/g)?.length ?? 0;
  return controls > 8 ? undefined : text;
}

/** A head may end in the middle of a character, so the rest is left open unless the file ends there too. */
function strict(encoding: string, bytes: Buffer, whole: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole });
  } catch {
    return undefined;
  }
}
