import { charsetOfPage } from '../charset.js';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';

/** Groups that hold no text of the document. `*` before any other word says the same. */
const SKIPPED = new Set(
  'fonttbl colortbl stylesheet info pict object themedata datastore latentstyles listtable listoverridetable rsidtbl generator xmlnstbl filetbl revtbl fldinst nonshppict bkmkstart bkmkend mmathPr pgptbl wgrffmtfilter'.split(
    ' ',
  ),
);
const LETTERS: Record<string, string> = {
  par: '\n',
  line: '\n',
  sect: '\n',
  page: '\n',
  row: '\n',
  cell: '\t',
  nestcell: '\t',
  nestrow: '\n',
  tab: '\t',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  emspace: ' ',
  enspace: ' ',
};
/** Character sets of fonts, as Windows numbers them. */
const FONT_PAGES: Record<number, number> = {
  0: 1252,
  77: 10000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
};
const DEEPEST = 1000;

interface Group {
  skip: boolean;
  charset: string;
  /** How many characters stand after a \u for readers that do not know it. */
  fallback: number;
  font: boolean;
}

const WORD = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?/y;
const PLAIN = /[^\\{}\r\n\0]+/y;

/** RTF: the text of all groups that hold some, in the code pages of its fonts. */
export function readRtf(bytes: Buffer, sink: Sink): void {
  const rtf = bytes.toString('latin1');
  if (!rtf.startsWith('{\\rtf')) throw new NoTextError('damaged');
  const fonts = new Map<number, string>();
  let base = 'windows-1252';
  let definesFont: number | undefined;
  let group: Group = { skip: false, charset: base, fallback: 1, font: false };
  const groups: Group[] = [];
  let pending: number[] = [];
  let swallow = 0;
  const flush = (): void => {
    if (pending.length === 0) return;
    const bytes = Buffer.from(pending);
    pending = [];
    sink.add(new TextDecoder(group.charset).decode(bytes));
  };
  const say = (text: string): void => {
    flush();
    if (!group.skip) sink.add(text);
  };
  const octets = (values: Iterable<number>): void => {
    for (const value of values) {
      if (swallow > 0) swallow--;
      else if (!group.skip) pending.push(value);
    }
  };
  const word = (name: string, number: number | undefined): void => {
    swallow = 0;
    if (name === 'u' && number !== undefined) {
      say(String.fromCharCode(number & 0xffff));
      swallow = group.fallback;
    } else if (name === 'uc') group.fallback = Math.min(16, Math.max(0, number ?? 1));
    else if (name === 'ansicpg') {
      base = charsetOfPage(number ?? 1252);
      group.charset = base;
    } else if (name === 'f' && group.font) definesFont = number;
    else if (name === 'fcharset' && definesFont !== undefined)
      fonts.set(definesFont, FONT_PAGES[number ?? 0] === undefined || number === 0 ? '' : charsetOfPage(FONT_PAGES[number ?? 0] ?? 1252));
    else if (name === 'f' || name === 'plain') {
      flush();
      group.charset = (name === 'f' ? fonts.get(number ?? 0) : '') || base;
    } else if (name === 'bin') {
      at = Math.min(rtf.length, at + Math.max(0, number ?? 0));
    } else if (SKIPPED.has(name)) {
      flush();
      if (name === 'object') sink.notes.add('embedded');
      group.skip = true;
      group.font = name === 'fonttbl';
    } else if (LETTERS[name] !== undefined) say(LETTERS[name] ?? '');
  };

  let at = 0;
  while (at < rtf.length) {
    const letter = rtf[at];
    if (letter === '{') {
      flush();
      if (groups.push(group) > DEEPEST) throw new NoTextError('damaged');
      group = { ...group };
      at++;
    } else if (letter === '}') {
      flush();
      swallow = 0;
      const outer = groups.pop();
      at++;
      if (outer === undefined || groups.length === 0) break;
      group = outer;
    } else if (letter === '\\') {
      WORD.lastIndex = at;
      const found = WORD.exec(rtf);
      if (found !== null) {
        at = WORD.lastIndex;
        word(found[1] ?? '', found[2] === undefined ? undefined : Number(found[2]));
        continue;
      }
      const symbol = rtf[at + 1] ?? '';
      at += 2;
      if (symbol === "'") {
        const value = parseInt(rtf.slice(at, at + 2), 16);
        at += 2;
        if (!Number.isNaN(value)) octets([value]);
      } else if (symbol === '*') {
        flush();
        if (!/^\\(shpinst|annotation)/.test(rtf.slice(at, at + 16))) group.skip = true;
      } else if (symbol === '~') say(' ');
      else if (symbol === '_') say('-');
      else if (symbol === '\n' || symbol === '\r') say('\n');
      else if (symbol === '\\' || symbol === '{' || symbol === '}') octets([symbol.charCodeAt(0)]);
      sink.check();
    } else {
      PLAIN.lastIndex = at;
      const found = PLAIN.exec(rtf);
      if (found === null) at++;
      else {
        at = PLAIN.lastIndex;
        octets(Buffer.from(found[0], 'latin1'));
      }
    }
  }
  flush();
  if (at >= rtf.length && groups.length > 1) sink.notes.add('partly_damaged');
}
