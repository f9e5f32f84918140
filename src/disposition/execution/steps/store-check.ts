import type { ObjectEntry } from '../../../storage/index.js';
import { copiesOfRecords } from '../copies-store.js';
import { removeStray } from '../remove.js';
import type { Checked } from './report.js';
import { pieces, type StepContext } from './types.js';

const BATCH = 500;
const LANES = 16;

const nameOf = (one: { key: string; version: string }): string => `${one.key} ${one.version}`;

/**
 * Every version that the store holds below the records, and every mark of removal: none may be there but the very versions whose lock
 * has not ended. What the catalogue never knew, a version put over one of ours for instance, goes too where the store lets go of it.
 */
export async function storeChecked(context: StepContext): Promise<Checked> {
  const { deps, run, records } = context;
  let [looked, found, strays] = [0, 0, 0];
  for (const batch of pieces(records, BATCH)) {
    const copies = await copiesOfRecords(deps.db, run.register_id, batch);
    const refs = await deps.vault.facts(copies.map((one) => one.object));
    const locked = new Set(copies.filter((one) => one.state === 'locked').map((one) => one.object));
    const expected = new Set(refs.filter((one) => locked.has(one.objectId)).map((one) => nameOf(one.ref)));
    const ours = new Set(refs.map((one) => nameOf(one.ref)));
    const folders = [...new Set(refs.map((one) => one.ref.key.split('/').slice(0, 4).join('/')))];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let folder = folders[next++]; folder; folder = folders[next++]) {
        for (const entry of await unexpected(context, `${folder}/`, expected)) {
          if (!ours.has(nameOf(entry)) && (await removeStray(deps, entry))) strays++;
          else found++;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, folders.length) }, lane));
    looked += refs.length;
  }
  if (strays > 0) await note(context, strays);
  return { what: 'store', looked, found };
}

async function unexpected({ deps }: StepContext, prefix: string, expected: ReadonlySet<string>): Promise<ObjectEntry[]> {
  const found: ObjectEntry[] = [];
  for await (const entry of deps.store.list(prefix, { markers: true })) if (!expected.has(nameOf(entry))) found.push(entry);
  return found;
}

function note({ deps, run, cause }: StepContext, strays: number): Promise<unknown> {
  return deps.db.tx((tx) =>
    deps.audit.append(tx, {
      actor: cause.actor,
      act: 'destruction.remove_copies',
      subject: { kind: 'destruction', id: run.register_id },
      decision: 'allow',
      policy: cause.policy,
      facts: { gone: strays, locked: 0, strays },
    }),
  );
}
