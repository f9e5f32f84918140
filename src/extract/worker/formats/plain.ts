import { NoTextError } from '../refuse.js';
import { guessCharset, withoutCutEnd } from '../charset.js';
import type { Sink } from '../sink.js';

const PIECE = 65_536;

/** Text in the encoding that it is in; what is none ends in `otherwise`. */
export function readPlain(bytes: Buffer, sink: Sink, otherwise: 'damaged' | 'unsupported' = 'damaged'): void {
  const found = guessCharset(bytes);
  if (found === undefined) throw new NoTextError(otherwise);
  if (!found.clean) sink.notes.add('partly_damaged');
  const decoder = new TextDecoder(found.charset);
  const whole = found.charset === 'utf-8' ? withoutCutEnd(bytes) : bytes;
  for (let at = 0; at < whole.length; at += PIECE) sink.add(decoder.decode(whole.subarray(at, at + PIECE), { stream: true }));
  sink.add(decoder.decode());
}

/** JSON as it stands, with its escapes read: `\u6295\u8bc9` is text as well. */
export function readJson(bytes: Buffer, sink: Sink): void {
  const found = guessCharset(bytes);
  if (found === undefined) throw new NoTextError('damaged');
  const text = new TextDecoder(found.charset).decode(bytes.subarray(0, 4 * sink.outputChars));
  sink.truncated ||= bytes.length > 4 * sink.outputChars;
  sink.add(
    text.replace(/\\(?:u([0-9a-fA-F]{4})|([nrtbf"\\/]))/g, (_all, code: string | undefined, plain: string) =>
      code === undefined ? unescaped(plain) : String.fromCharCode(parseInt(code, 16)),
    ),
  );
}

const unescaped = (letter: string): string => (/[nrtbf]/.test(letter) ? '\n' : letter);
