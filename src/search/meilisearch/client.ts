import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EnqueuedTask,
  type EnqueuedTaskPromise,
  type Key,
  Meilisearch,
  MeilisearchApiError,
  type MultiSearchQuery,
  type SearchResponse,
} from 'meilisearch';
import { generateTenantToken } from 'meilisearch/token';
import { CodedError } from '../../errors/index.js';
import type { StoredDocument } from './document.js';

export interface MeilisearchOptions {
  url: string;
  masterKey: string;
  /** Name of the index; one that is built beside it ends in `_next`. */
  index: string;
  /** A query takes at most so long. */
  queryMs?: number;
  /** A task takes at most so long. */
  taskMs?: number;
}

/** How long a token for one request holds. */
const TOKEN_SECONDS = 30;
const QUERY_MS = 5_000;
const REQUEST_MS = 60_000;
const TASK_MS = 15 * 60_000;
/** First version whose answers this was written against, and the first one that nobody has tried. */
const VERSIONS = { from: [1, 50], before: [2, 0] } as const;

export type Search = Omit<MultiSearchQuery, 'indexUid'>;
export type Found = SearchResponse<StoredDocument>;

/**
 * The error in the form that may be told. The library's errors hold the request, with its query and filter, and Meilisearch
 * quotes both in its messages: only its code goes on.
 */
export function unavailable(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const code = error instanceof MeilisearchApiError ? (error.cause?.code ?? String(error.response.status)) : error instanceof Error ? error.name : 'unknown';
  return new CodedError('search_unavailable', { detail: `meilisearch: ${/^[\w-]{1,80}$/.test(code) ? code : 'unknown'}` });
}

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(error);
  }
}

/** Whether Meilisearch says so. */
export function saysCode(error: unknown, code: string): boolean {
  return error instanceof MeilisearchApiError && error.cause?.code === code;
}

/** The same name always gives the same id, in the form of a UUID that was drawn at random, which Meilisearch asks for. */
function keyId(index: string): string {
  const hex = createHash('sha256').update(`lantai search key of ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The connection to Meilisearch: administration with the master key, every search with a token of its own. */
export class Client {
  readonly admin: Meilisearch;
  readonly index: string;
  private readonly options: MeilisearchOptions;
  private key: Promise<Key> | undefined;

  constructor(options: MeilisearchOptions) {
    this.options = options;
    this.index = options.index;
    this.admin = new Meilisearch({ host: options.url, apiKey: options.masterKey, timeout: REQUEST_MS });
  }

  /** Throws where another version answers than one that was tried. */
  async checkVersion(): Promise<void> {
    const { pkgVersion } = await this.admin.getVersion();
    const [major = 0, minor = 0] = pkgVersion.split('.').map(Number);
    const [from, before] = [VERSIONS.from, VERSIONS.before];
    if (major < from[0] || (major === from[0] && minor < from[1]) || major >= before[0])
      throw new CodedError('search_unavailable', { detail: `meilisearch: version ${from.join('.')} or later is needed` });
  }

  /** Waits for a task and throws where it failed: Meilisearch takes in even what it refuses afterwards. Asks often at first, for what is quick. */
  async done(enqueued: EnqueuedTaskPromise | EnqueuedTask, allowed?: string): Promise<void> {
    const { taskUid } = await enqueued;
    const until = Date.now() + (this.options.taskMs ?? TASK_MS);
    for (let pause = 10; ; pause = Math.min(pause * 1.5, 1_000)) {
      const task = await this.admin.tasks.getTask(taskUid);
      if (task.status === 'succeeded' || (allowed !== undefined && task.error?.code === allowed)) return;
      if (task.status !== 'enqueued' && task.status !== 'processing')
        throw new CodedError('search_unavailable', { detail: `meilisearch: ${task.type} ${task.status} ${task.error?.code ?? ''}`.trim() });
      if (Date.now() > until) throw new CodedError('search_unavailable', { detail: `meilisearch: ${task.type} takes too long` });
      await sleep(pause);
    }
  }

  /** The key that signs tokens: it may search in this one index and nothing else. Made where there is none. */
  searchKey(): Promise<Key> {
    this.key ??= this.findKey().catch((error: unknown) => {
      this.key = undefined;
      throw error;
    });
    return this.key;
  }

  private async findKey(): Promise<Key> {
    const uid = keyId(this.index);
    const known = await this.admin.getKey(uid).catch((error: unknown) => {
      if (saysCode(error, 'api_key_not_found')) return undefined;
      throw error;
    });
    if (known !== undefined) return known;
    const create = { uid, name: `lantai ${this.index}`, actions: ['search' as const], indexes: [this.index], expiresAt: null };
    return this.admin.createKey(create).catch((error: unknown) => {
      // another process was faster
      if (saysCode(error, 'api_key_already_exists')) return this.admin.getKey(uid);
      throw error;
    });
  }

  /** Searches with a token that carries the filter of rights, so that Meilisearch refuses to look any further. */
  async search(rights: string | null, queries: readonly Search[]): Promise<Found[]> {
    const { key, uid } = await this.searchKey();
    const token = await generateTenantToken({
      apiKey: key,
      apiKeyUid: uid,
      searchRules: { [this.index]: rights === null ? null : { filter: rights } },
      expiresAt: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS,
    });
    const client = new Meilisearch({ host: this.options.url, apiKey: token, timeout: this.options.queryMs ?? QUERY_MS });
    try {
      const { results } = await client.multiSearch<{ queries: MultiSearchQuery[] }, StoredDocument>({
        queries: queries.map((query) => ({ ...query, indexUid: this.index })),
      });
      return results;
    } catch (error) {
      // the key may have been deleted: look for it again next time
      if (saysCode(error, 'invalid_api_key')) this.key = undefined;
      throw error;
    }
  }
}
