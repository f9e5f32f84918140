import { setTimeout as sleep } from 'node:timers/promises';
import type { Condition } from '../../src/access/index.js';
import { sql } from '../../src/db/index.js';
import {
  Follower,
  synonymsOf,
  type EngineAnswer,
  type EngineHit,
  type EngineQuery,
  type SearchDeps,
  type SearchDocument,
  type SearchEngine,
  type TextSource,
} from '../../src/search/index.js';
import { oracle } from '../search/suite/oracle.js';
import type { TestArchive } from './archive.js';

const EVERYTHING: Omit<EngineQuery, 'read'> = {
  text: { all: [], none: [] },
  filters: {},
  list: { op: 'false' },
  sort: 'newest',
  offset: 0,
  limit: 1_000,
  facets: [],
  exclude: [],
};

/** An engine that looks at every record: right by construction, for tests of what stands around an engine. */
export class PlainEngine implements SearchEngine {
  readonly kind = 'meilisearch'; // like it, it does not ask the catalogue while it answers
  documents = new Map<string, SearchDocument>();
  empty = true;
  /** Set to have every call fail with it. */
  broken: Error | undefined;
  #fail(): void {
    if (this.broken) throw this.broken;
  }
  prepare(): Promise<{ empty: boolean }> {
    this.#fail();
    return Promise.resolve({ empty: this.empty });
  }
  put(documents: readonly SearchDocument[]): Promise<void> {
    this.#fail();
    for (const one of documents) this.documents.set(one.id, one);
    return Promise.resolve();
  }
  remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.documents.delete(id);
    return Promise.resolve();
  }
  query(query: EngineQuery): Promise<EngineAnswer> {
    try {
      this.#fail();
      return Promise.resolve(oracle([...this.documents.values()], query));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
  async texts(ids: readonly string[], read: Condition): Promise<EngineHit[]> {
    const { hits } = await this.query({ ...EVERYTHING, read });
    return hits.filter((hit) => ids.includes(hit.id));
  }
  rebuild() {
    const fresh = new Map<string, SearchDocument>();
    return Promise.resolve({
      put: (documents: readonly SearchDocument[]) => {
        for (const one of documents) fresh.set(one.id, one);
        return Promise.resolve();
      },
      swap: () => {
        this.documents = fresh;
        this.empty = false;
        return Promise.resolve();
      },
      abandon: () => Promise.resolve(),
    });
  }
  stamps(after: string | null, limit: number) {
    const all = [...this.documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).filter((one) => after === null || one.id > after);
    return Promise.resolve(all.slice(0, limit).map(({ id, stamp }) => ({ id, stamp })));
  }
  purge(): Promise<void> {
    return Promise.resolve();
  }
  count(): Promise<number> {
    this.#fail();
    return Promise.resolve(this.documents.size);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Files whose text is what they hold, for tests that are not about formats. */
export const plainTexts: TextSource = {
  async extract({ body }) {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return { ok: true, value: { text: Buffer.concat(chunks).toString('utf8'), truncated: false, ocr: false } };
  },
  ocr: () => Promise.resolve({ ok: false, reason: 'unsupported' }),
  ocrAvailable: () => Promise.resolve(false),
};

export interface TestSearch {
  deps: SearchDeps;
  follower: Follower;
  troubles: string[];
  /** Waits until the index has heard of everything. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Finding over a test archive, its index following; `already`: by a follower that runs elsewhere. */
export function testSearch(archive: TestArchive, engine: SearchEngine, texts: TextSource = plainTexts, already?: Follower): TestSearch {
  const { db, audit, vault, keystore, now } = archive.deps;
  const troubles: string[] = [];
  const follower = already ?? new Follower({ db, audit, vault, keystore, engine, texts, now, onTrouble: (code) => void troubles.push(code) });
  const synonyms = synonymsOf([['退款', '退费', '退货款']]);
  const departments = () => Promise.resolve([{ code: 'hotline', names: { zh: '热线部', en: 'Hotline' } }]);
  follower.start();
  return {
    deps: { ...archive.deps, engine, synonyms, follower, departments },
    follower,
    troubles,
    async settled() {
      for (let i = 0; i < 200; i++) {
        const { n } = await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from search_outbox`);
        if (n === 0n && follower.state.building === null && follower.state.keeping) return;
        await sleep(25);
      }
      throw new Error('the index does not follow');
    },
    stop: () => follower.stop(),
  };
}
