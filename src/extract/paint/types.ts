import type { Readable } from 'node:stream';

/** A rectangle in shares of a page's width and height, from its upper left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PaintInput {
  body: Readable;
  size: number;
  /** By content, as capture found it. */
  mediaType: string;
  /** From 1 on. */
  page: number;
  /** Lines of the watermark, burned into the pixels over the whole page; none = unmarked. */
  mark: readonly string[];
  /** Painted over in black before anything leaves the process. */
  boxes?: readonly Box[];
}

export const NO_PAGE = ['no_such_page', 'not_paintable', 'encrypted', 'damaged', 'too_large', 'too_slow', 'too_much_memory', 'busy', 'failed'] as const;
export type NoPage = (typeof NO_PAGE)[number];

export interface Painted {
  /** Pages of the whole file. */
  pages: number;
  width: number;
  height: number;
  jpeg: Buffer;
}

export type PaintResult = { ok: true; value: Painted } | { ok: false; reason: NoPage };

/** What one page may cost. */
export interface PaintLimits {
  milliseconds: number;
  /** Resident memory of the painting process. */
  memoryMb: number;
  inputBytes: number;
  /** Of the painted page: a page of any size is scaled down to it. */
  pixels: number;
  /** Of a picture as it was stored: one that unpacks to more is not opened. */
  sourcePixels: number;
  /** Dots an inch for pages that say their size. */
  dpi: number;
  processes: number;
}

export const PAINT_LIMITS: PaintLimits = {
  milliseconds: 20_000,
  memoryMb: 900,
  inputBytes: 67_108_864,
  pixels: 4_000_000,
  sourcePixels: 50_000_000,
  dpi: 130,
  processes: 2,
};

/** What the parent tells before the bytes. */
export interface PaintOrder {
  size: number;
  mediaType: string;
  page: number;
  mark: readonly string[];
  boxes: readonly Box[];
  inputBytes: number;
  pixels: number;
  sourcePixels: number;
  dpi: number;
}

/** What the child answers before the picture. */
export type PaintAnswer = { ok: true; pages: number; width: number; height: number } | { ok: false; reason: string };

/** What a painter can show as pages. */
export function isPaintable(mediaType: string): boolean {
  return mediaType === 'application/pdf' || /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(mediaType);
}
