import type { ObjectStore } from '../storage/index.js';
import type { Stored } from './types.js';

const AT_ONCE = 16;

/** Extends the locks of objects and reads each back; the earliest date that the store says. */
export async function lockObjects(store: ObjectStore, objects: readonly Stored[], until: Date): Promise<Date> {
  let earliest: Date | undefined;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let one = objects[next++]; one; one = objects[next++]) {
      const read = await store.lockUntil(one.ref, until);
      if (!earliest || read < earliest) earliest = read;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, objects.length) }, work));
  return earliest ?? until;
}
