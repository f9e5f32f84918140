import { NoTextError } from '../refuse.js';
import type { Sink } from '../sink.js';
import type { Ole } from './ole.js';

const TEXT_WIDE = 0x0fa0;
const TEXT_NARROW = 0x0fa8;
const SLIDE = 0x03ee;
const MASTER = 0x03f8;
const ENCRYPTION = 0x2f14;
const ENCRYPTED_USER = 0xf3d1c4df;
const DEEPEST = 64;

/** PowerPoint until 2003: the texts of its slides and notes in the order in which they lie in the file. */
export function readPpt(ole: Ole, sink: Sink): void {
  ole.note(sink);
  const user = ole.stream('Current User');
  if (user !== undefined && user.length >= 16 && user.readUInt32LE(12) === ENCRYPTED_USER) throw new NoTextError('encrypted');
  const stream = ole.stream('PowerPoint Document');
  if (stream === undefined || stream.length < 8) throw new NoTextError('damaged');
  sink.pages = 0;
  records(stream, sink, 0);
}

function records(bytes: Buffer, sink: Sink, depth: number): void {
  for (let at = 0; at + 8 <= bytes.length;) {
    sink.check();
    const isContainer = (bytes.readUInt16LE(at) & 0x0f) === 0x0f;
    const type = bytes.readUInt16LE(at + 2);
    const length = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (body.length < length) sink.notes.add('partly_damaged');
    at += 8 + length;
    if (type === ENCRYPTION) throw new NoTextError('encrypted');
    if (type === SLIDE) sink.pages = (sink.pages ?? 0) + 1;
    if (type === MASTER) continue; // prompts such as "click to edit"
    if (isContainer && depth < DEEPEST) records(body, sink, depth + 1);
    else if (type === TEXT_WIDE) sink.add(`${lines(body.toString('utf16le'))}\n`);
    else if (type === TEXT_NARROW) sink.add(`${lines(body.toString('latin1'))}\n`);
  }
}

const lines = (text: string): string => text.replace(/[\r\x0b]/g, '\n');
