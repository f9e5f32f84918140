import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import { isDecoded, playable, SOUND_LIMITS } from '../../extract/index.js';
import type { RecordsDeps } from '../deps.js';
import { type Content, type ContentRequest, rangeOf, readContent } from './content.js';
import { metered } from './stream.js';

/** A recording that few browsers play, as one that all do: a WAV file. */
export interface PlayedSound {
  /** Of the whole, in bytes. */
  size: number;
  start: number;
  end: number;
  body: Readable;
}

/**
 * Plays an AMR recording as WAV (R44). The access is on record before a byte is read, as for every content: that of the whole
 * recording, whatever part of the sound is asked for. What ends the reading ends the sound in the middle.
 * @throws `unsupported_type` for anything else and for what is damaged or too long, `too_large`, `range_not_satisfiable`
 */
export function readSound(
  deps: RecordsDeps,
  actor: Actor,
  request: Pick<ContentRequest, 'range'> & { readingId: string; fileId: string },
): Promise<PlayedSound> {
  const { readingId, fileId, range } = request;
  return deps.streams.under(actor, [readingId], async () => {
    const content = await readContent(deps, actor, { readingId, fileId, kind: 'view' });
    const ends = content.under === null ? undefined : deps.streams.begin(content.under.id);
    try {
      const sound = await soundOf(content);
      const { start, end } = rangeOf({ range }, sound.size);
      const body = metered(sound.body({ start, end }), end - start, () => undefined);
      const until = content.under?.until;
      if (until) body.until(() => deps.now() < until);
      ends?.follow(body);
      if (ends?.stopped !== true) return { size: sound.size, start, end, body };
      body.destroy();
      throw new CodedError('reading_expired');
    } catch (error) {
      ends?.forget();
      throw error;
    }
  });
}

async function soundOf(content: Content) {
  if (!isDecoded(content.type) || content.size > SOUND_LIMITS.bytes) {
    content.body.destroy();
    throw new CodedError(isDecoded(content.type) ? 'too_large' : 'unsupported_type');
  }
  const sound = playable(await buffer(content.body));
  if (!sound) throw new CodedError('unsupported_type');
  return sound;
}
