import { createHash } from 'node:crypto';
import type { GoneShown } from '../../audit/index.js';
import type { ZipEntry } from '../../documents/index.js';
import { type Manifest, packPaths } from './manifest.js';

type ManifestGone = NonNullable<Manifest['gone']>[number];

/** What a manifest says of a log whose entries are gone. */
export function manifestGone(one: GoneShown, origin: string): ManifestGone {
  return {
    log: one.log,
    origin,
    size: String(one.size),
    first: one.first.toISOString(),
    last: one.last.toISOString(),
    at: one.at.toISOString(),
    procedure: one.procedure,
    rule: one.rule,
    hashes: one.hashes !== null,
  };
}

/** What stays of a log whose entries are gone: the signed note, the last head, the hashes of the leaves. `summed` gets each digest once it is known. */
export function* goneFiles(one: GoneShown, summed: (name: string, digest: string) => void): Generator<ZipEntry> {
  const { log, size, note, head, hashes } = one;
  const file = (name: string, content: ZipEntry['content']): ZipEntry => {
    const sum = createHash('sha256');
    async function* counted(): AsyncGenerator<string | Uint8Array> {
      for await (const piece of content) {
        sum.update(piece);
        yield piece;
      }
      summed(name, sum.digest('hex'));
    }
    return { name, content: counted() };
  };
  yield file(packPaths.goneNote(log), [note]);
  yield file(packPaths.checkpoint(log, size), [head]);
  if (hashes) yield file(packPaths.goneHashes(log), hashes());
}
