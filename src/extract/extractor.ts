import { type Logger, silentLogger } from '../config/index.js';
import { Child } from './child.js';
import { createOcr } from './ocr/ocr.js';
import { DEFAULT_LIMITS, type ExtractInput, type ExtractLimits, type ExtractResult } from './types.js';
import { Turns } from './turns.js';
import { type Note, NO_TEXT, NOTES, type NoText } from './values.js';

/** After so many files a process is replaced, so that what libraries hold on to does not grow. */
const MOST_FILES = 200;

export interface Extractor {
  /** The text of a file, or why there is none. Rejects only when the body itself fails. */
  extract(input: ExtractInput): Promise<ExtractResult>;
  /** The text of a scan: a picture, or a PDF of pictures. `needs_ocr` where tesseract is not installed. */
  ocr(input: ExtractInput): Promise<ExtractResult>;
  ocrAvailable(): Promise<boolean>;
  /** Ends its processes; files that are being read end as `failed`. */
  close(): Promise<void>;
}

/**
 * Reads texts out of files in processes of their own, which have no rights, no environment and nothing but pipes. No
 * byte of a file touches the disk, and neither logs nor errors quote it.
 */
export function createExtractor(options: Partial<ExtractLimits> & { log?: Logger } = {}): Extractor {
  const { log = silentLogger, ...given } = options;
  const limits: ExtractLimits = { ...DEFAULT_LIMITS, ...given };
  const turns = new Turns(Math.max(1, limits.processes));
  const idle: { child: Child; files: number }[] = [];
  const all = new Set<Child>();
  const ocr = createOcr(limits);
  let closed = false;

  async function read(input: ExtractInput): Promise<{ result: ExtractResult; format: string; trouble?: string }> {
    const worker = idle.pop() ?? start();
    try {
      const outcome = await worker.child.read(input);
      if ('failed' in outcome) return { result: { ok: false, reason: outcome.failed }, format: '' };
      const { answer, text } = outcome;
      if (!answer.ok)
        return {
          result: { ok: false, reason: reasonOf(answer.reason) },
          format: answer.format,
          ...(answer.trouble === undefined ? {} : { trouble: answer.trouble }),
        };
      const notes = NOTES.filter((note: Note) => answer.notes.includes(note));
      return { result: { ok: true, value: { text, truncated: answer.truncated, ocr: false, pages: answer.pages, notes } }, format: answer.format };
    } finally {
      worker.files++;
      if (worker.child.alive && worker.files < MOST_FILES && !closed) idle.push(worker);
      else {
        all.delete(worker.child);
        await worker.child.close();
      }
    }
  }

  function start(): { child: Child; files: number } {
    const child = new Child(limits);
    all.add(child);
    return { child, files: 0 };
  }

  async function guarded(
    input: ExtractInput,
    kind: 'extract' | 'ocr',
    work: () => Promise<{ result: ExtractResult; format: string; trouble?: string }>,
  ): Promise<ExtractResult> {
    const early: NoText | undefined = closed ? 'failed' : input.size === 0 ? 'empty' : input.size > limits.inputBytes ? 'too_large' : undefined;
    if (early !== undefined) {
      input.body.destroy();
      return { ok: false, reason: early };
    }
    const started = performance.now();
    const { result, format, trouble } = await turns.take(work);
    const facts = { format, bytes: input.size, ms: Math.round(performance.now() - started) };
    if (result.ok) log.debug(`${kind}.done`, { ...facts, truncated: result.value.truncated });
    else log[result.reason === 'failed' ? 'warn' : 'debug'](`${kind}.none`, { ...facts, reason: result.reason, trouble });
    return result;
  }

  return {
    extract: (input) => guarded(input, 'extract', () => read(input)),
    ocr: (input) => guarded(input, 'ocr', async () => ({ result: await ocr.read(input), format: input.mediaType.slice(0, 80) })),
    ocrAvailable: () => ocr.available(),
    async close() {
      closed = true;
      ocr.close();
      await Promise.all([...all].map((child) => child.close()));
    },
  };
}

function reasonOf(reason: string): NoText {
  return NO_TEXT.find((known) => known === reason) ?? 'failed';
}
