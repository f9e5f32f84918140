import type { EnqueuedTaskPromise } from 'meilisearch';
import { quoteValue } from '../../access/index.js';
import type { IndexedStamp, Rebuild, SearchDocument, SearchEngine } from '../port.js';
import type { Synonyms } from '../query/synonyms.js';
import { Client, guarded, type MeilisearchOptions, saysCode } from './client.js';
import { conceptsOf } from './concepts.js';
import { storedId, storedOf, TIERS } from './document.js';
import { answer } from './query.js';
import { digestOf, SETTINGS } from './settings.js';

/** The document that says what an index is made of. It is written last, so that only a whole index has it. */
const ABOUT = 'about';
/** Bytes of documents in one request; Meilisearch takes 100 MB. */
const REQUEST_BYTES = 16 * 2 ** 20;

const READABLE = 'tier = r';

/** Opens the engine on a Meilisearch server. Nothing is asked of it before `prepare`. */
export function createMeilisearch(options: MeilisearchOptions & { synonyms: Pick<Synonyms, 'groups' | 'digest'> }): SearchEngine {
  const client = new Client(options);
  const { admin } = client;
  const concepts = conceptsOf(options.synonyms);
  const digest = digestOf(options.synonyms.digest);
  const next = `${options.index}_next`;

  async function make(index: string): Promise<void> {
    await client.done(admin.createIndex(index, { primaryKey: 'id' }));
    await client.done(admin.index(index).updateSettings(SETTINGS));
  }

  const drop = (index: string): Promise<void> => client.done(admin.deleteIndex(index), 'index_not_found');

  async function putInto(index: string, documents: readonly SearchDocument[]): Promise<void> {
    const latest = new Map(documents.map((document) => [document.id, document]));
    let batch: string[] = [];
    let bytes = 0;
    const tasks: EnqueuedTaskPromise[] = [];
    const send = (): void => {
      if (batch.length > 0) tasks.push(admin.index(index).addDocumentsFromString(batch.join('\n'), 'application/x-ndjson', { primaryKey: 'id' }));
      [batch, bytes] = [[], 0];
    };
    for (const document of latest.values())
      for (const stored of storedOf(document, concepts)) {
        const line = JSON.stringify(stored);
        if (bytes + line.length > REQUEST_BYTES) send();
        batch.push(line);
        bytes += Buffer.byteLength(line);
      }
    send();
    for (const enqueued of await Promise.all(tasks)) await client.done(enqueued);
  }

  const fetched = async <T>(query: { filter: string; sort?: string[]; limit: number; fields: string[] }): Promise<{ results: T[]; total: number }> =>
    admin.index(options.index).getDocuments(query) as unknown as Promise<{ results: T[]; total: number }>;

  return {
    kind: 'meilisearch',

    prepare: () =>
      guarded(async () => {
        await client.checkVersion();
        await client.searchKey();
        const about = await admin
          .index(options.index)
          .getDocument<{ digest?: string }>(ABOUT)
          .catch(async (error: unknown) => {
            if (saysCode(error, 'index_not_found')) await make(options.index);
            else if (!saysCode(error, 'document_not_found')) throw error;
            return { digest: undefined };
          });
        return { empty: about.digest !== digest };
      }),

    put: (documents) => guarded(() => putInto(options.index, documents)),

    remove: (ids) =>
      guarded(async () => {
        if (ids.length === 0) return;
        await client.done(admin.index(options.index).deleteDocuments(ids.flatMap((id) => TIERS.map((tier) => storedId(tier, id)))));
      }),

    query: (query) => guarded(() => answer(client, concepts, query)),

    rebuild: () =>
      guarded(async (): Promise<Rebuild> => {
        await drop(next); // one that was left behind
        await make(next);
        return {
          put: (documents) => guarded(() => putInto(next, documents)),
          swap: () =>
            guarded(async () => {
              await client.done(admin.index(next).addDocuments([{ id: ABOUT, tier: 'about', digest }]));
              await client.done(admin.swapIndexes([{ indexes: [options.index, next], rename: false }]));
              await drop(next);
            }),
          abandon: () => guarded(() => drop(next)),
        };
      }),

    stamps: (after, limit) =>
      guarded(async () => {
        const filter = after === null ? READABLE : `${READABLE} AND rid > ${quoteValue(after)}`;
        const { results } = await fetched<{ rid: string; stamp: string }>({ filter, sort: ['rid:asc'], limit, fields: ['rid', 'stamp'] });
        return results.map(({ rid, stamp }): IndexedStamp => ({ id: rid, stamp }));
      }),

    /**
     * Removed and replaced documents stay readable in the free pages of the index's file until it is written anew. The list of
     * finished tasks goes too: what failed is described there in Meilisearch's words, which quote documents.
     */
    purge: () =>
      guarded(async () => {
        await client.done(admin.index(options.index).compact());
        await client.done(admin.tasks.deleteTasks({ statuses: ['succeeded', 'failed', 'canceled'], indexUids: [options.index, next] }));
      }),

    count: () => guarded(async () => (await fetched({ filter: READABLE, limit: 0, fields: ['rid'] })).total),

    close: () => Promise.resolve(),
  };
}
