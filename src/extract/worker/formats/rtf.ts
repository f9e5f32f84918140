import { charsetOfPage } from '../charset.js';
import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';

/** Groups that hold no text of the document. `*` before any other word says the same. */
const SKIPPED = new Set(
  'fonttbl colortbl stylesheet info pict object themedata datastore latentstyles listtable listoverridetable rsidtbl generator xmlnstbl filetbl revtbl fldinst nonshppict bkmkstart bkmkend mmathPr pgptbl wgrffmtfilter'.split(
    ' ',
  ),
);
const LETTERS = new Map(
  Object.entries({
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
  }),
);
const SYMBOLS: Record<string, string> = { '~': ' ', _: '-', '\n': '\n', '\r': '\n' };
/** Character sets of fonts, as Windows numbers them. */
const FONT_PAGES: Record<number, number> = {
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
  new RtfReader(rtf, sink).read();
}

class RtfReader {
  #at = 0;
  #base = 'windows-1252';
  #group: Group = { skip: false, charset: this.#base, fallback: 1, font: false };
  readonly #groups: Group[] = [];
  readonly #fonts = new Map<number, string>();
  #definesFont: number | undefined;
  /** Bytes of text whose characters are decoded together, since a character may take two escapes. */
  #pending: number[] = [];
  /** Characters still to be left out, because a \u before them said the same. */
  #swallow = 0;

  constructor(
    readonly rtf: string,
    readonly sink: Sink,
  ) {}

  read(): void {
    while (this.#at < this.rtf.length) {
      const letter = this.rtf[this.#at];
      if (letter === '{') this.#open();
      else if (letter === '}') {
        if (this.#close()) return;
      } else if (letter === '\\') this.#command();
      else this.#plain();
    }
    this.#flush();
    this.sink.notes.add('partly_damaged'); // the outermost group was never closed
  }

  #open(): void {
    this.#flush();
    if (this.#groups.push(this.#group) > DEEPEST) throw new NoTextError('damaged');
    this.#group = { ...this.#group };
    this.#at++;
  }

  /** True at the end of the document. */
  #close(): boolean {
    this.#flush();
    this.#swallow = 0;
    this.#at++;
    this.#group = this.#groups.pop() ?? this.#group;
    return this.#groups.length === 0;
  }

  #plain(): void {
    PLAIN.lastIndex = this.#at;
    const found = PLAIN.exec(this.rtf)?.[0];
    if (found !== undefined) this.#octets(Buffer.from(found, 'latin1'));
    this.#at += found?.length ?? 1;
  }

  #command(): void {
    this.sink.check();
    WORD.lastIndex = this.#at;
    const found = WORD.exec(this.rtf);
    if (found !== null) {
      this.#at = WORD.lastIndex;
      this.#word(found[1] ?? '', found[2] === undefined ? undefined : Number(found[2]));
      return;
    }
    const symbol = this.rtf[this.#at + 1] ?? '';
    this.#at += 2;
    if (symbol === "'") {
      const value = parseInt(this.rtf.slice(this.#at, this.#at + 2), 16);
      this.#at += 2;
      if (!Number.isNaN(value)) this.#octets([value]);
    } else if (symbol === '*') {
      this.#flush();
      if (!/^\s*\\(shpinst|annotation)/.test(this.rtf.slice(this.#at, this.#at + 16))) this.#group.skip = true;
    } else if (symbol === '\\' || symbol === '{' || symbol === '}') this.#octets([symbol.charCodeAt(0)]);
    else this.#say(SYMBOLS[symbol] ?? '');
  }

  #word(name: string, number: number | undefined): void {
    const group = this.#group;
    this.#swallow = 0;
    if (name === 'u' && number !== undefined) {
      this.#say(String.fromCharCode(number & 0xffff));
      this.#swallow = group.fallback;
    } else if (name === 'uc') group.fallback = Math.min(16, Math.max(0, number ?? 1));
    else if (name === 'ansicpg') {
      this.#base = charsetOfPage(number ?? 1252);
      group.charset = this.#base;
    } else if (name === 'f' && group.font) this.#definesFont = number;
    else if (name === 'fcharset') this.#fontCharset(number ?? 0);
    else if (name === 'f' || name === 'plain') {
      this.#flush();
      group.charset = (name === 'f' ? this.#fonts.get(number ?? 0) : undefined) ?? this.#base;
    } else if (name === 'bin') this.#at = Math.min(this.rtf.length, this.#at + Math.max(0, number ?? 0));
    else if (SKIPPED.has(name)) {
      this.#flush();
      if (name === 'object') this.sink.notes.add('embedded');
      group.skip = true;
      group.font = name === 'fonttbl';
    } else this.#say(LETTERS.get(name) ?? '');
  }

  /** Only the set of Latin letters is left to the document's own code page. */
  #fontCharset(number: number): void {
    const page = FONT_PAGES[number];
    if (this.#definesFont !== undefined && page !== undefined) this.#fonts.set(this.#definesFont, charsetOfPage(page));
  }

  #octets(values: Iterable<number>): void {
    for (const value of values) {
      if (this.#swallow > 0) this.#swallow--;
      else if (!this.#group.skip) this.#pending.push(value);
    }
  }

  #say(text: string): void {
    this.#flush();
    if (!this.#group.skip) this.sink.add(text);
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.sink.add(new TextDecoder(this.#group.charset).decode(Buffer.from(this.#pending)));
    this.#pending = [];
  }
}
