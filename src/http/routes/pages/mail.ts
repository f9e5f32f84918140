/** A mail as the page shows it: four headers and its text. */
export interface Mail {
  from: string;
  to: string;
  date: string;
  subject: string;
  text: string;
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder('utf-8').decode(bytes);
  }
}

function quotedPrintable(text: string): Buffer {
  const plain = text.replace(/=\r?\n/g, '');
  return Buffer.from(
    Buffer.from(plain, 'utf8')
      .toString('latin1')
      .replace(/=([\dA-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Encoded words of a header (RFC 2047). */
function words(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?([\w-]+)\?([bqBQ])\?([^?]*)\?=/g, (_, charset: string, kind: string, data: string) =>
      decode(kind.toLowerCase() === 'b' ? Buffer.from(data, 'base64') : quotedPrintable(data.replaceAll('_', ' ')), charset),
    );
}

function split(part: string): { headers: Map<string, string>; body: string } {
  const at = /\r?\n\r?\n/.exec(part);
  const head = (at ? part.slice(0, at.index) : part).replace(/\r?\n[ \t]+/g, ' ');
  const headers = new Map(
    head.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
    }),
  );
  return { headers, body: at ? part.slice(at.index + at[0].length) : '' };
}

/** The first plain text of a part; markup is stripped where there is no other. Nested at most this deep. */
const DEPTH = 5;

function textIn(part: string, depth = 0): string | undefined {
  const { headers, body } = split(part);
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary="?([^";]{1,200})"?/i.exec(type)?.[1];
  if (/^multipart\//i.test(type) && boundary !== undefined) {
    if (depth >= DEPTH) return undefined;
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((one) => one.replace(/^\r?\n/, ''));
    const plain = parts.find((one) => /content-type:\s*text\/plain/i.test(one.slice(0, 2000)));
    return plain === undefined ? parts.map((one) => textIn(one, depth + 1)).find((one) => one !== undefined) : textIn(plain, depth + 1);
  }
  if (!/^text\//i.test(type)) return undefined;
  const encoding = (headers.get('content-transfer-encoding') ?? '').toLowerCase();
  const charset = /charset="?([\w-]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  const text =
    encoding === 'base64' ? decode(Buffer.from(body, 'base64'), charset) : encoding === 'quoted-printable' ? decode(quotedPrintable(body), charset) : body;
  return /^text\/html/i.test(type) ? text.replace(/<(?:style|script)[^]*?<\/(?:style|script)>/gi, '').replace(/<[^>]*>/g, ' ') : text;
}

/** Reads a mail (RFC 5322) as far as a page needs it; the file itself is a download away. */
export function mailOf(source: string): Mail {
  const { headers } = split(source);
  const header = (name: string): string => words(headers.get(name) ?? '');
  return { from: header('from'), to: header('to'), date: header('date'), subject: header('subject'), text: (textIn(source) ?? '').trim() };
}
