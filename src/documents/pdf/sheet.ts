import PDFDocument from 'pdfkit';
import { phrasesFor, say } from '../../phrases/index.js';
import { FONTS, MISSING } from './fonts.js';
import type { Weight } from './fonts.js';
import { colorOf, type EmbeddedFont, isPlain, Lettering } from './lettering.js';
import { wrap } from './wrap.js';

/** A text in both languages; our documents always print both. */
export interface Both {
  zh: string;
  en: string;
}

export interface Attachment {
  name: string;
  type: string;
  data: Buffer;
  description: string;
}

export interface SheetOptions {
  title: Both;
  /** Name of the archive, printed at the foot of every page. */
  archive: string;
  madeAt: Date;
  /** Time zone in which times are printed. */
  zone: string;
  landscape?: boolean;
  keywords?: string;
  /** PDF/A-3b for documents that are kept. */
  pdfA?: boolean;
  /** Machine-readable twins of what is printed; only in PDF/A-3b. */
  attachments?: readonly Attachment[];
}

export interface PutOptions {
  size?: number;
  weight?: Weight;
  color?: string;
  align?: 'left' | 'center' | 'right';
  width?: number;
}

export const INK = '#1b1b1a';
export const GREY = '#6a6a66';
export const RULE = '#a8a8a2';
export const SEAL = '#b3261e';
const MARGIN = 42;
const FOOT = 30;
/** Texts that are kept as they are printed. */
const REMEMBERED = 2_000;

/** An A4 document of ours: one place for fonts, margins, page furniture and metadata. */
export class Sheet {
  readonly doc: PDFKit.PDFDocument;
  readonly left = MARGIN;
  readonly width: number;
  /** Last line a body may reach. */
  readonly bottom: number;
  /** Where the next thing is put. */
  y = MARGIN;
  private readonly advances: Record<Weight, Map<string, number | null>> = { regular: new Map(), bold: new Map() };
  private readonly fonts: Record<Weight, EmbeddedFont>;
  private readonly lettering: Lettering;
  private readonly shown = new Map<string, { text: string; weight: Weight }>();

  constructor(private readonly options: SheetOptions) {
    const info = {
      Title: `${options.title.zh} ${options.title.en}`,
      Author: options.archive,
      Creator: 'Lantai 兰台',
      Producer: 'Lantai 兰台',
      CreationDate: options.madeAt,
      ModDate: options.madeAt,
    };
    const settings = {
      size: 'A4',
      layout: options.landscape ? 'landscape' : 'portrait',
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'zh-CN',
      displayTitle: true,
      info: options.keywords === undefined ? info : { ...info, Keywords: options.keywords },
      font: null, // else an unembedded Helvetica is named
      ...(options.pdfA ? { subset: 'PDF/A-3b' } : {}),
    };
    this.doc = new PDFDocument(settings as unknown as PDFKit.PDFDocumentOptions);
    this.fonts = { bold: this.font('bold'), regular: this.font('regular') };
    this.lettering = new Lettering(this.fonts);
    this.width = this.doc.page.width - 2 * MARGIN;
    this.bottom = this.doc.page.height - MARGIN - FOOT / 2;
    for (const one of options.attachments ?? []) {
      const about = {
        name: one.name,
        type: one.type,
        description: one.description,
        relationship: 'Data',
        creationDate: options.madeAt,
        modifiedDate: options.madeAt,
      };
      this.doc.file(one.data, about);
    }
    this.heading();
  }

  private font(weight: Weight): EmbeddedFont {
    this.doc.font(FONTS[weight]);
    return (this.doc as unknown as { _font: EmbeddedFont })._font;
  }

  /** Advance of a sign at size 1; `null` when the weight lacks it. */
  private advance(sign: string, weight: Weight): number | null {
    const known = this.advances[weight].get(sign);
    if (known !== undefined) return known;
    const face = this.fonts[weight].font;
    const point = sign.codePointAt(0) ?? 0;
    const value = face.hasGlyphForCodePoint(point) ? face.glyphForCodePoint(point).advanceWidth / face.unitsPerEm : null;
    this.advances[weight].set(sign, value);
    return value;
  }

  /** A text that the fonts can print: bold falls back to regular as a whole, unknown signs become 〓. */
  private printable(text: string, weight: Weight): { text: string; weight: Weight } {
    const key = `${weight} ${text}`;
    const known = this.shown.get(key); // a line is measured, then put; and most columns say the same again and again
    if (known !== undefined) return known;
    const made = this.printed(text, weight);
    if (this.shown.size >= REMEMBERED) this.shown.clear();
    this.shown.set(key, made);
    return made;
  }

  private printed(text: string, weight: Weight): { text: string; weight: Weight } {
    const signs = Array.from(text.normalize('NFC').replaceAll('\t', ' '));
    const usable = weight === 'bold' && signs.some((sign) => this.advance(sign, 'bold') === null) ? 'regular' : weight;
    return { text: signs.map((sign) => (this.advance(sign, usable) === null && sign !== '\n' ? MISSING : sign)).join(''), weight: usable };
  }

  /** The lines of a text in a width. */
  lines(text: string, width: number, size: number, weight: Weight = 'regular'): string[] {
    const printable = this.printable(text, weight);
    return wrap(printable.text, (sign) => (this.advance(sign, printable.weight) ?? 1) * size, width);
  }

  /** Puts one line; `y` is its upper edge. */
  put(text: string, x: number, y: number, options: PutOptions = {}): void {
    const { size = 9, color = INK, align = 'left', width = 0 } = options;
    const one = this.printable(text, options.weight ?? 'regular');
    let shift = 0;
    if (align !== 'left') {
      let used = 0;
      for (const sign of one.text) used += (this.advance(sign, one.weight) ?? 1) * size;
      shift = align === 'right' ? width - used : (width - used) / 2;
    }
    if (isPlain(one.text)) {
      if (one.text !== '') this.content(this.lettering.line(this.doc.page as never, one.text, one.weight, size, x + shift, y, color));
      return;
    }
    this.doc
      .font(FONTS[one.weight])
      .fontSize(size)
      .fillColor(color)
      .text(one.text, x + shift, y, { lineBreak: false });
  }

  /** Puts a text in a width below what is there, over pages where it must. */
  paragraph(text: string, options: PutOptions = {}): void {
    const size = options.size ?? 9;
    for (const line of this.lines(text, this.width, size, options.weight)) {
      this.room(size * 1.6);
      this.put(line, this.left, this.y, { ...options, width: this.width });
      this.y += size * 1.6;
    }
  }

  /** Makes sure that so much room is left on the page; says whether a new page was begun. */
  room(height: number): boolean {
    if (this.y + height <= this.bottom) return false;
    this.page();
    return true;
  }

  /** Begins a page. */
  page(): void {
    this.doc.addPage();
    this.y = MARGIN;
  }

  line(x1: number, y1: number, x2: number, y2: number, color = RULE, thick = 0.5): void {
    this.rules([[x1, y1, x2, y2]], color, thick);
  }

  /** Draws lines of one kind, each from a point to a point. */
  rules(lines: readonly (readonly [number, number, number, number])[], color = RULE, thick = 0.5): void {
    const drawn = lines.map((line) => line.map((one) => String(Math.round(one * 1000) / 1000))).map(([x1, y1, x2, y2]) => `${x1} ${y1} m ${x2} ${y2} l`);
    this.content(`${colorOf(color)} RG ${thick} w ${drawn.join(' ')} S`);
  }

  private content(operators: string): void {
    (this.doc as unknown as { addContent(data: string): void }).addContent(operators);
  }

  private heading(): void {
    const { zh, en } = this.options.title;
    this.put(zh, this.left, this.y, { size: 18, weight: 'bold', align: 'center', width: this.width });
    this.put(en, this.left, this.y + 27, { size: 10, color: GREY, align: 'center', width: this.width });
    this.y += 50;
  }

  private furniture(page: number, pages: number): void {
    const y = this.doc.page.height - MARGIN;
    const params = { page: String(page), pages: String(pages), time: timeText(this.options.madeAt, this.options.zone) };
    const text = (['zh', 'en'] as const).map((lang) => phrasesFor(lang).documents);
    this.line(this.left, y - 4, this.left + this.width, y - 4);
    const [owner = ''] = this.lines(`${this.options.archive} · ${this.options.title.zh}`, this.width - 140, 7.5);
    this.put(owner, this.left, y, { size: 7.5, color: GREY });
    this.put(text.map((one) => say(one.made, params)).join(' · '), this.left, y + 11, { size: 7.5, color: GREY });
    this.put(text.map((one) => say(one.page, params)).join(' · '), this.left, y, { size: 7.5, color: GREY, align: 'right', width: this.width });
  }

  /** Ends the document: page x of y can be printed only now. */
  async finish(): Promise<Buffer> {
    const { count } = this.doc.bufferedPageRange();
    for (let i = 0; i < count; i++) {
      this.doc.switchToPage(i);
      this.furniture(i + 1, count);
    }
    const parts: Buffer[] = [];
    this.doc.on('data', (part: Buffer) => parts.push(part));
    const ended = new Promise<void>((resolve, reject) => this.doc.once('end', resolve).once('error', reject));
    this.doc.end();
    await ended;
    return Buffer.concat(parts);
  }
}

/** Making one takes a hundred times as long as using it, and a list has thousands of dates. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-03-01 14:05` in a time zone. */
export function timeText(at: Date, zone: string): string {
  let format = formats.get(zone);
  if (!format) formats.set(zone, (format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })));
  return format.format(at);
}
