/** A piece of a query as it was typed; `at` is its place, for completion and for messages. */
export interface Lexeme {
  kind: 'word' | 'phrase' | 'filter';
  without: boolean;
  /** For a filter: what stands before the colon, as typed. */
  key: string;
  text: string;
  at: number;
  end: number;
}

const OPEN: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“', '「': '」', '『': '』', '＂': '＂', '«': '»' };
const BLANK = /[\s\u3000]/u;
const COLON = /[:：]/u;
const MINUS = /[-－−]/u;

/** Cuts a query into words, quoted phrases and `key:value`. `isKey` tells keys from text that only looks like one (`12:30`). Never fails: an open quote ends with the text. */
export function lex(query: string, isKey: (key: string) => boolean): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let at = 0;
  const quoted = (): string => {
    const close = OPEN[query[at] ?? ''] ?? '"';
    const end = query.indexOf(close, at + 1);
    const text = query.slice(at + 1, end === -1 ? query.length : end);
    at = end === -1 ? query.length : end + 1;
    return text;
  };
  while (at < query.length) {
    if (BLANK.test(query[at] ?? '')) {
      at++;
      continue;
    }
    const start = at;
    const without = MINUS.test(query[at] ?? '') && at + 1 < query.length && !BLANK.test(query[at + 1] ?? '');
    if (without) at++;
    if (Object.hasOwn(OPEN, query[at] ?? '')) {
      lexemes.push({ kind: 'phrase', without, key: '', text: quoted(), at: start, end: at });
      continue;
    }
    let word = '';
    let key: string | undefined;
    while (at < query.length && !BLANK.test(query[at] ?? '')) {
      const sign = query[at] ?? '';
      if (key === undefined && COLON.test(sign) && isKey(word)) {
        key = word;
        word = '';
        at++;
        if (Object.hasOwn(OPEN, query[at] ?? '')) word = quoted();
        continue;
      }
      if (word !== '' && key === undefined && Object.hasOwn(OPEN, sign) && sign !== '"') break; // 退款「原文」
      word += sign;
      at++;
    }
    lexemes.push({ kind: key === undefined ? 'word' : 'filter', without, key: key ?? '', text: word, at: start, end: at });
  }
  return lexemes;
}
