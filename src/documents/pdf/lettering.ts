import type { Weight } from './fonts.js';

/** What pdfkit hides of a font, and what it does not say in its types. */
export interface FontFace {
  unitsPerEm: number;
  hasGlyphForCodePoint(point: number): boolean;
  glyphForCodePoint(point: number): Glyph;
}

interface Glyph {
  id: number;
  advanceWidth: number;
  codePoints: number[];
}

/** A font as it stands in a document: the signs that are used of it are embedded, with their widths and what they stand for. */
export interface EmbeddedFont {
  id: string;
  font: FontFace;
  ascender: number;
  scale: number;
  subset: { includeGlyph(glyph: number): number };
  widths: number[];
  unicode: number[][];
  ref(): unknown;
}

interface Page {
  fonts: Record<string, unknown>;
}

/** Signs that stand one beside the other as they are, in no other shape beside each other: what nearly every cell of a table is made of. */
const PLAIN =
  /^[ -~\u00a0-\u00ac\u00ae-\u00ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2200-\u22ff\u3000-\u3029\u3030-\u303d\u3105-\u312f\u3400-\u9fff\uff01-\uff60]*$/;

export const isPlain = (text: string): boolean => PLAIN.test(text);

const number = (value: number): string => String(Math.round(value * 1000) / 1000);

/** Colour of a page's content, as its operators take it. */
export function colorOf(hex: string): string {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff].map((part) => number(part / 255)).join(' ');
}

/**
 * Sets plain lines straight into a page: a list of thousands of records has a hundred thousand of them, and pdfkit shapes, measures and
 * breaks each anew. Signs keep their own width, which is the one they were measured and broken with.
 */
export class Lettering {
  readonly #codes: Record<Weight, Map<string, string>> = { regular: new Map(), bold: new Map() };

  constructor(private readonly fonts: Readonly<Record<Weight, EmbeddedFont>>) {}

  /** The operators that put a line; `y` is its upper edge, counted downwards. */
  line(page: Page, text: string, weight: Weight, size: number, x: number, y: number, color: string): string {
    const font = this.fonts[weight];
    page.fonts[font.id] ??= font.ref();
    let codes = '';
    for (const sign of text) codes += this.#code(font, weight, sign);
    const base = y + (font.ascender / 1000) * size;
    return `${colorOf(color)} rg BT 1 0 0 -1 ${number(x)} ${number(base)} Tm /${font.id} ${number(size)} Tf <${codes}> Tj ET`;
  }

  #code(font: EmbeddedFont, weight: Weight, sign: string): string {
    const known = this.#codes[weight].get(sign);
    if (known !== undefined) return known;
    const glyph = font.font.glyphForCodePoint(sign.codePointAt(0) ?? 0);
    const place = font.subset.includeGlyph(glyph.id);
    font.widths[place] ??= glyph.advanceWidth * font.scale;
    font.unicode[place] ??= glyph.codePoints;
    const code = place.toString(16).padStart(4, '0');
    this.#codes[weight].set(sign, code);
    return code;
  }
}
