import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';
import { burn } from './mark.js';
import type { PaintOrder } from './types.js';

/** A page that cannot be painted, with the reason. */
export class NoPageError extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export interface Drawn {
  pages: number;
  width: number;
  height: number;
  jpeg: Buffer;
}

const QUALITY = 82;
/** A smaller picture is enlarged, at most three times, so that its mark can be read. */
const LEGIBLE = 1000;
const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));

/** Size within the limit on pixels, never larger than `scale` says. */
function within(width: number, height: number, scale: number, pixels: number): { scale: number; width: number; height: number } {
  if (!(width > 0 && height > 0)) throw new NoPageError('damaged');
  const fitted = Math.min(scale, Math.sqrt(pixels / (width * height)));
  return { scale: fitted, width: Math.max(1, Math.floor(width * fitted)), height: Math.max(1, Math.floor(height * fitted)) };
}

/** One page as a picture: painted, blacked out, marked. Nothing but these pixels leaves. */
export async function draw(bytes: Buffer, order: PaintOrder): Promise<Drawn> {
  const { canvas, pages } = await (order.mediaType === 'application/pdf' ? pdfPage(bytes, order) : picture(bytes, order));
  const { width, height } = canvas;
  const context = canvas.getContext('2d');
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  context.globalCompositeOperation = 'source-over';
  context.fillStyle = '#000000';
  for (const box of order.boxes) {
    // outwards to whole pixels: no edge of a sign may shine through
    const [x, y] = [Math.floor(box.x * width), Math.floor(box.y * height)];
    context.fillRect(x, y, Math.ceil((box.x + box.width) * width) - x, Math.ceil((box.y + box.height) * height) - y);
  }
  burn(context, width, height, order.mark);
  return { pages, width, height, jpeg: await canvas.encode('jpeg', QUALITY) };
}

async function picture(bytes: Buffer, order: PaintOrder): Promise<{ canvas: Canvas; pages: number }> {
  if (order.page !== 1) throw new NoPageError('no_such_page');
  const image = await loadImage(bytes).catch(() => {
    throw new NoPageError('damaged');
  });
  if (image.width * image.height > order.sourcePixels) throw new NoPageError('too_large');
  const { width, height } = within(image.width, image.height, Math.max(1, Math.min(3, LEGIBLE / Math.min(image.width, image.height))), order.pixels);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return { canvas, pages: 1 };
}

async function pdfPage(bytes: Buffer, order: PaintOrder): Promise<{ canvas: Canvas; pages: number }> {
  const pdfjs = await import('pdfjs-dist/legacy/build/pdf.mjs');
  const task = pdfjs.getDocument({
    data: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    verbosity: 0,
    cMapUrl: `${join(folder, 'cmaps')}/`,
    cMapPacked: true,
    standardFontDataUrl: `${join(folder, 'standard_fonts')}/`,
    // what a file does not embed is drawn in the font of ours
    useSystemFonts: true,
    disableFontFace: true,
    useWasm: false,
    isEvalSupported: false,
    enableXfa: false,
    stopAtErrors: false,
    maxImageSize: order.sourcePixels,
  } as Parameters<typeof pdfjs.getDocument>[0]);
  try {
    const document = await task.promise.catch((error: unknown) => {
      throw new NoPageError(error instanceof Error && error.name === 'PasswordException' ? 'encrypted' : 'damaged');
    });
    if (order.page > document.numPages) throw new NoPageError('no_such_page');
    const page = await document.getPage(order.page);
    const natural = page.getViewport({ scale: 1 });
    const size = within(natural.width, natural.height, order.dpi / 72, order.pixels);
    const canvas = createCanvas(size.width, size.height);
    const request = { canvas, canvasContext: canvas.getContext('2d'), viewport: page.getViewport({ scale: size.scale }), background: '#ffffff' };
    await page.render(request as unknown as Parameters<typeof page.render>[0]).promise;
    return { canvas, pages: document.numPages };
  } finally {
    await task.destroy().catch(() => undefined);
  }
}
