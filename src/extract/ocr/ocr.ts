import type { ExtractInput, ExtractLimits, ExtractResult } from '../types.js';
import type { NoText } from '../values.js';
import { normalise } from '../worker/normalise.js';
import { pagesOf } from './pages.js';
import { run, type Running } from './run.js';

const WANTED = ['chi_sim', 'chi_tra', 'eng'];
/** Reading pictures takes longer than reading text: so many times the limit of a file. */
const PATIENCE = 10;
/** Pages of a scan that are read; the rest is said to be missing. */
const MOST_PAGES = 50;
/** The longer side of a page in pixels: about 200 to the inch for A4, and a bound for pages of any size. */
const PIXELS = 2400;
const LEAST_MEMORY_MB = 512;

const PICTURES = /^image\/(png|jpeg|tiff)$/;
const PICTURE_NAMES = /^(png|jpe?g|tiff?)$/;

export interface Ocr {
  available(): Promise<boolean>;
  read(input: ExtractInput): Promise<ExtractResult>;
  close(): void;
}

/** Reads scans through the programs `tesseract` and, for PDF, `pdftoppm`, both fed and heard by pipes. */
export function createOcr(limits: ExtractLimits): Ocr {
  const running = new Set<Running>();
  let languages: Promise<string | undefined> | undefined;
  const memoryMb = Math.max(limits.memoryMb, LEAST_MEMORY_MB);

  function start(command: string, args: readonly string[], milliseconds: number): Running {
    const program = run(command, args, { milliseconds, memoryMb });
    running.add(program);
    void program.ended.then(() => running.delete(program));
    return program;
  }

  const installed = (): Promise<string | undefined> =>
    (languages ??= (async () => {
      const program = start('tesseract', ['--list-langs'], 10_000);
      const [told] = await Promise.all([gather(program, 65_536), program.feed(these(), 0)]);
      if ((await program.ended) !== undefined) return undefined;
      const known = new Set(told.toString().split(/\s+/));
      const found = WANTED.filter((language) => known.has(language));
      return found.length === 0 ? undefined : found.join('+');
    })());

  /** One picture, or the pages of one TIFF. */
  async function picture(bytes: AsyncIterable<Buffer | string>, language: string, milliseconds: number): Promise<{ text: string } | { failed: NoText }> {
    const program = start('tesseract', ['stdin', 'stdout', '-l', language], milliseconds);
    const [told] = await Promise.all([gather(program, 4 * limits.outputChars), program.feed(bytes, limits.inputBytes)]);
    const failed = await program.ended;
    return failed === undefined ? { text: told.toString() } : { failed };
  }

  async function scan(input: ExtractInput, language: string, deadline: number): Promise<ExtractResult> {
    const left = (): number => deadline - performance.now();
    const renderer = start('pdftoppm', ['-q', '-gray', '-scale-to', String(PIXELS), '-l', String(MOST_PAGES + 1), '-'], left());
    const fed = renderer.feed(input.body, limits.inputBytes);
    const texts: string[] = [];
    let failed: NoText | undefined;
    let more = false;
    try {
      for await (const page of pagesOf(renderer.out as AsyncIterable<Buffer>, 2 * PIXELS * PIXELS)) {
        more = texts.length === MOST_PAGES;
        if (more) break;
        const read = await picture(these(page), language, left());
        if ('failed' in read) {
          failed = read.failed;
          break;
        }
        texts.push(read.text);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      failed = 'damaged';
    } finally {
      if (failed !== undefined || more) renderer.kill('failed');
    }
    await fed;
    failed ??= more ? undefined : await renderer.ended;
    return made(texts, failed, more);
  }

  function made(texts: readonly string[], failed: NoText | undefined, more: boolean): ExtractResult {
    const text = normalise(texts.join('\n').replaceAll('\f', '\n'));
    if (text === '') return { ok: false, reason: failed ?? 'empty' };
    if (failed === 'damaged' || failed === 'failed') return { ok: true, value: value(text, texts.length, more, ['partly_damaged']) };
    return { ok: true, value: value(text, texts.length, more || failed !== undefined, []) };
  }

  const value = (text: string, pages: number, truncated: boolean, notes: readonly 'partly_damaged'[]) => ({
    text: text.slice(0, limits.outputChars).toWellFormed(),
    truncated: truncated || text.length > limits.outputChars,
    ocr: true,
    pages,
    notes,
  });

  return {
    available: async () => (await installed()) !== undefined,
    async read(input) {
      const language = await installed();
      const isPdf = input.mediaType === 'application/pdf' || (input.extension === 'pdf' && input.mediaType === '');
      const isPicture = PICTURES.test(input.mediaType) || (input.mediaType === '' && PICTURE_NAMES.test(input.extension));
      if (language === undefined || (!isPdf && !isPicture)) {
        input.body.destroy();
        return { ok: false, reason: language === undefined ? 'needs_ocr' : 'unsupported' };
      }
      const deadline = performance.now() + PATIENCE * limits.milliseconds;
      if (isPdf) return scan(input, language, deadline);
      const read = await picture(input.body, language, deadline - performance.now());
      if ('failed' in read) return { ok: false, reason: read.failed };
      return made(read.text.replace(/\f$/, '').split('\f'), undefined, false); // between the pages of a TIFF; some versions end with one
    },
    close() {
      for (const program of running) program.kill('failed');
    },
  };
}

async function gather(program: Running, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of program.out as AsyncIterable<Buffer>) {
    parts.push(chunk);
    length += chunk.length;
    if (length > most) program.kill('too_much_text');
  }
  return Buffer.concat(parts);
}

async function* these(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
