import type { Readable } from 'node:stream';
import type { Note, NoText } from './values.js';

export interface Extracted {
  /** NFC, blanks collapsed, line breaks kept, without control characters. */
  text: string;
  /** There was more text, but a limit on its length or on time ended the reading. */
  truncated: boolean;
  /** Whether it was read from pictures. */
  ocr: boolean;
  /** Pages or slides, where the format has them. */
  pages: number | null;
  /** Macros, embedded files and damage are stated; nothing is ever run. */
  notes: readonly Note[];
}

export type ExtractResult = { ok: true; value: Extracted } | { ok: false; reason: NoText };

export interface ExtractInput {
  body: Readable;
  size: number;
  /** By content, as capture found it. */
  mediaType: string;
  /** Lower-case, without the dot. */
  extension: string;
}

/** What one file may cost. Whatever goes beyond ends in a reason, and the next file begins afresh. */
export interface ExtractLimits {
  milliseconds: number;
  /** Resident memory of one reading process. */
  memoryMb: number;
  inputBytes: number;
  outputChars: number;
  /** How many files are read at the same time. */
  processes: number;
}

export const DEFAULT_LIMITS: ExtractLimits = { milliseconds: 30_000, memoryMb: 512, inputBytes: 67_108_864, outputChars: 4_000_000, processes: 1 };
