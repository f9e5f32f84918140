import type { EnqueuedTaskPromise } from 'meilisearch';
import { quoteValue } from '../../access/index.js';
import type { IndexedStamp, Rebuild, SearchDocument, SearchEngine } from '../port.js';
import type { Synonyms } from '../query/synonyms.js';
import { Client, guarded, type MeilisearchOptions, saysCode } from './client.js';
import { conceptsOf } from './concepts.js';
import { type StoredDocument, storedId, storedOf, TIERS } from './document.js';
import { answer, textsOf } from './query.js';
import { digestOf, SETTINGS } from './settings.js';

/** The document that says what an index is made of. It is written last, so that only a whole index has it. */
const ABOUT = 'about';
/** Bytes of documents in one request; Meilisearch takes 100 MB. */
const REQUEST_BYTES = 16 * 2 ** 20;

const READABLE = 'tier = r';

/**
 * Opens the engine on a Meilisearch server. Nothing is asked of it before `prepare`.
 *
 * One index holds two documents of each record, one for whoever may read it and one for whoever may only find it in the
 * catalogue. The rights of a query choose at most one of the two, in a filter that stands in the token of the request. What
 * else Meilisearch could tell of records outside that filter, and why it does not:
 *
 * - **Placeholder search**: the filter of a token holds for an empty query too; rights that allow nothing are never asked at
 *   all, since an empty filter would allow everything.
 * - **Counts and facets** are taken from the documents that pass, after the filter. Searching in facets is off.
 * - **Splitting a word in two** goes by how often the parts stand beside each other in the whole index. All our tokens begin
 *   with a digit and forgiven words hold no other, so that a second part is never a token.
 * - **Joining words** fails for the same reason.
 * - **Ranking** knows only rules that look at one document; no frequency, no `exactness`, no score leaves this module.
 * - **Completion, prefixes, highlighting, "did you mean"** of Meilisearch are off or not asked for; corrections are taken from
 *   the texts of the hits shown.
 * - **Typos**: of the words that differ from a searched one by a letter Meilisearch takes the first 150 of the whole index. No
 *   language has so many; who plants them keeps others from finding misspelt what they may read, exact words never.
 * - **Limits** that act without a word: 10 terms a query (the others are looked for in the hits), 65,000 places a field (long
 *   texts fill up to eight; what comes after some 500,000 words is not found by its words), 1,001 hits (the cap).
 *
 * Its key may search this one index without a token too, so it is kept in memory here and nowhere else.
 */
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

  const fetched = async (query: {
    filter: string;
    sort?: string[];
    limit: number;
  }): Promise<{ results: Pick<StoredDocument, 'rid' | 'stamp'>[]; total: number }> =>
    admin.index<StoredDocument>(options.index).getDocuments({ ...query, fields: ['rid', 'stamp'] });

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

    texts: (ids, read) => guarded(() => textsOf(client, ids, read)),

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
        const { results } = await fetched({ filter, sort: ['rid:asc'], limit });
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

    count: () => guarded(async () => (await fetched({ filter: READABLE, limit: 0 })).total),

    close: () => Promise.resolve(),
  };
}
