import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { exportLog, publishLog, type Actor } from '../../../src/audit/index.js';
import { workCalendar } from '../../../src/config/index.js';
import {
  answerLogDestruction,
  appointForLog,
  beginLogDestruction,
  checkLogDestruction,
  logLock,
  proposeLogDestruction,
  viewLogRegister,
  type LogTermDeps,
} from '../../../src/disposition/index.js';
import { sql } from '../../../src/db/index.js';
import { scratch } from '../../audit/published-support.js';
import { testEntry } from '../../support/audit.js';
import { crew, type Crew } from '../support/way.js';

const DAY = 86_400_000;
export const OLD_YEAR = '2019';
/** Entries of that year, besides those that open it: a full bundle and a part of one. */
export const OLD_ENTRIES = 300;

const nine = ['09:00-17:00'];
const HOURS = workCalendar({ week: { mon: nine, tue: nine, wed: nine, thu: nine, fri: nine, sat: [], sun: [] } }, 'Asia/Shanghai', {
  version: 'none',
  on: () => null,
});

export interface OldLog extends Crew {
  deps: LogTermDeps;
  /** Publishes what the log grew by. */
  publish(): Promise<void>;
  /** Exports the log into a folder of its own. */
  exported(): Promise<string>;
  /** Waits until nothing waits to be moved into the log. */
  settled(): Promise<void>;
  count(): Promise<number>;
}

/** An archive that wrote a log seven years ago and goes on today, with the people whom the end of that log takes. */
export async function oldLog(t: ExecutionContext, change: Partial<LogTermDeps> = {}): Promise<OldLog> {
  const people = await crew('default', new Date('2019-06-03T02:00:00Z'));
  const { archive } = people.world;
  const { app, audit: auditDb, owner } = archive.database;
  const publish = async (): Promise<void> => {
    await publishLog({
      auditDb,
      store: archive.store,
      archiveId: archive.keystore.archiveId,
      now: archive.deps.now,
      keepUntil: (log) => logLock(log, archive.deps.schedules.newest, archive.clock.now.toISOString().slice(0, 10)),
    });
  };
  const settled = async (): Promise<void> => {
    while ((await owner.one<{ n: bigint }>(sql`select count(*) as n from audit_pending`)).n > 0n) await sleep(10);
  };
  const add = async (count: number): Promise<void> => {
    await app.tx((tx) =>
      archive.deps.audit.appendMany(
        tx,
        Array.from({ length: count }, () => testEntry({ side: { reason: 'said long ago' } })),
      ),
    );
    await settled();
  };
  await add(OLD_ENTRIES);
  await publish();
  archive.clock.now = new Date('2026-11-20T02:00:00Z');
  await add(3);
  await publish();
  for (const who of [people.maker, people.executor, people.insider, people.manager, people.executive, people.head, people.outsider])
    who.shownAt = archive.clock.now;
  const deps: LogTermDeps = {
    ...people.world.deps,
    schedules: archive.deps.schedules,
    auditDb,
    store: archive.store,
    hours: () => HOURS,
    onTrouble: () => undefined,
    onFault: (error) => t.log(error),
    ...change,
  };
  t.teardown(() => people.world.close());
  return {
    ...people,
    deps,
    publish,
    settled,
    async exported() {
      const place = await scratch();
      t.teardown(place.remove);
      const { audit, keystore } = archive.deps;
      const folder = join(place.path, 'export');
      await exportLog({ db: app, store: archive.store, archiveId: keystore.archiveId, publicKey: audit.publicKey, originOf: audit.originOf }, { folder });
      return folder;
    },
    async count() {
      const row = await owner.one<{
        n: bigint;
      }>(sql`select (select count(*) from audit_entries where log = ${OLD_YEAR}) + (select count(*) from audit_side s where not exists
        (select from audit_entries e where e.id = s.entry_id)) as n`);
      return Number(row.n);
    },
  };
}

/** A register over the old log, as far as it is wanted, by the right persons. */
export async function logRegister(
  old: OldLog,
  upTo: 'approving' | 'approved' | 'checked' | 'executing',
): Promise<{ id: string; number: string; digest: string }> {
  const { deps, world } = old;
  const made = await proposeLogDestruction(deps, old.maker, { log: OLD_YEAR });
  if (upTo === 'approving') return made;
  await answerLogDestruction(deps, old.manager, { registerId: made.id, step: 0, digest: made.digest, agree: true });
  if (upTo === 'approved') return made;
  const appoint = (office: 'executor' | 'supervisor', who: Actor) =>
    appointForLog(deps, old.manager, { registerId: made.id, office, personId: who.personId ?? '' });
  await appoint('executor', old.executor);
  await appoint('supervisor', old.outsider);
  await appoint('supervisor', old.insider);
  for (const who of [old.outsider, old.insider]) await checkLogDestruction(deps, who, { registerId: made.id, digest: made.digest });
  if (upTo === 'checked') return made;
  world.archive.clock.now = new Date(world.archive.clock.now.getTime() + 8 * DAY);
  old.executor.shownAt = old.outsider.shownAt = old.insider.shownAt = world.archive.clock.now;
  await beginLogDestruction(deps, old.executor, { registerId: made.id, number: made.number });
  return made;
}

export const stateOf = async (old: OldLog, id: string) => (await viewLogRegister(old.deps, old.manager, id)).state;
