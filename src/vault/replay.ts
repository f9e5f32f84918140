import { timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ContentKeys } from './keys/content-keys.js';
import { keyOf } from './open.js';
import { replayMac } from './replay-mac.js';
import { findObject, findObjects } from './store.js';
import type { VaultDeps } from './types.js';

/** Which of these objects hold exactly the given plaintext. Releases no key and no content: only yes or no. */
export async function replaysEqual(deps: VaultDeps, keys: ContentKeys, asked: readonly { objectId: string; canonical: Buffer }[]): Promise<boolean[]> {
  const found = new Map((await findObjects(deps.db, [...new Set(asked.map((one) => one.objectId))])).map((one) => [one.objectId, one]));
  const answers: boolean[] = [];
  for (const { objectId, canonical } of asked) {
    const object = found.get(objectId);
    if (!object?.replayMac || object.plainSize !== canonical.length) {
      answers.push(false);
      continue;
    }
    const mac = replayMac(await keyOf(deps, keys, object), object.replayMac);
    mac.update(canonical);
    answers.push(timingSafeEqual(mac.digest(), object.replayMac));
  }
  return answers;
}

/** Whether a stream holds exactly what an object holds. The stream is read to its end in any case. */
export async function replayEqualsStream(deps: VaultDeps, keys: ContentKeys, objectId: string, body: Readable): Promise<boolean> {
  const object = await findObject(deps.db, objectId);
  const mac = object?.replayMac ? replayMac(await keyOf(deps, keys, object), object.replayMac) : undefined;
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    mac?.update(chunk);
  }
  return (
    mac !== undefined &&
    object?.replayMac !== undefined &&
    object.replayMac !== null &&
    size === object.plainSize &&
    timingSafeEqual(mac.digest(), object.replayMac)
  );
}
