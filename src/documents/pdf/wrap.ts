/** Signs that may not begin a line in Chinese or English. */
const NO_START = new Set('，。、；：？！）》」』】〕…—·,.;:?!)]}%”’');
/** Signs that may not end one. */
const NO_END = new Set('（《「『【〔([{“‘');
const WORD = /[A-Za-z0-9\u00C0-\u024F_./:@#&+'-]/;

/**
 * Breaks a text into lines of a width (pure). Chinese breaks between any two signs, Latin words stay whole unless they
 * are longer than a line; closing signs never begin and opening ones never end a line.
 */
export function wrap(text: string, widthOf: (sign: string) => number, width: number): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((paragraph) => wrapParagraph(Array.from(paragraph), widthOf, width));
}

function wrapParagraph(signs: string[], widthOf: (sign: string) => number, width: number): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < signs.length) {
    let end = start;
    for (let used = 0; end < signs.length; end++) {
      used += widthOf(signs[end] ?? '');
      if (used > width && end > start) break;
    }
    if (end < signs.length) end = breakBefore(signs, start, end);
    lines.push(signs.slice(start, end).join('').trimEnd());
    start = end;
    while (start < signs.length && signs[start] === ' ') start++;
  }
  return lines.length === 0 ? [''] : lines;
}

/** The best place at or before `end` to begin a new line; `end` itself when there is none. */
function breakBefore(signs: readonly string[], start: number, end: number): number {
  for (let at = end; at > start + 1 && at > end - 40; at--) {
    const before = signs[at - 1] ?? '';
    const after = signs[at] ?? '';
    if (after !== ' ' && !NO_START.has(after) && !NO_END.has(before) && !(WORD.test(before) && WORD.test(after))) return at;
    if (after === ' ') return at;
  }
  return end;
}

/** At most `most` lines; what is left out is shown by an ellipsis. */
export function clip(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  return [
    ...lines.slice(0, most - 1),
    `${Array.from(lines[most - 1] ?? '')
      .slice(0, -1)
      .join('')}…`,
  ];
}
