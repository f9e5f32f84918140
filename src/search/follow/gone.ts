import type { Db } from '../../db/index.js';
import type { SearchEngine } from '../port.js';
import { stampOf } from './document.js';
import { rowsOf, waitingCount } from './store.js';

const PAGE = 1_000;
const BATCH = 5_000;

/** Whether the index has followed the catalogue for certain records: what a destruction waits for before it purges. */
export interface IndexWatch {
  /** Number of these records whose change still waits to be told. */
  waiting(records: readonly string[]): Promise<number>;
  wake(): void;
  purge(): Promise<void>;
  /** Of these records, those of which the index has no entry, or one that was made of something else than the catalogue says now. */
  stale(records: readonly string[]): Promise<string[]>;
}

export function watchIndex(deps: { db: Db; engine: SearchEngine; wake: () => void }): IndexWatch {
  return {
    async waiting(records) {
      let waiting = 0;
      for (let at = 0; at < records.length; at += BATCH) waiting += await waitingCount(deps.db, records.slice(at, at + BATCH));
      return waiting;
    },
    wake: deps.wake,
    purge: () => deps.engine.purge(),
    async stale(records) {
      const wanted = new Set(records);
      const indexed = new Map<string, string>();
      const last = [...wanted].sort().at(-1) ?? '';
      for (let page = await deps.engine.stamps(null, PAGE); page.length > 0;) {
        for (const { id, stamp } of page) if (wanted.has(id)) indexed.set(id, stamp);
        const end = page.at(-1)?.id ?? last;
        if (page.length < PAGE || end >= last) break;
        page = await deps.engine.stamps(end, PAGE);
      }
      const stale: string[] = [];
      for (let at = 0; at < records.length; at += BATCH) {
        const batch = records.slice(at, at + BATCH);
        const rows = new Map((await rowsOf(deps.db, batch)).map((row) => [row.id, stampOf(row)]));
        stale.push(...batch.filter((id) => indexed.get(id) !== rows.get(id)));
      }
      return stale;
    },
  };
}
