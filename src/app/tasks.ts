import { foldCounts, systemActor } from '../audit/index.js';
import { expireGrants, keepStandingRules, remindOfChanges } from '../access/index.js';
import {
  carryLogs,
  carryOn,
  checkHolds,
  clearLogs,
  clearUnlocked,
  foldTermCounts,
  keepHoldTimes,
  raiseLocks,
  recomputeTerms,
  sealReports,
  remindOfDue,
  sweepDue,
  tellStore,
  watchLogRegisters,
  watchRegisters,
} from '../disposition/index.js';
import type { Task, Tasks } from '../jobs/index.js';
import {
  carryRestrictions,
  closeAbandoned,
  expireReadings,
  finishAnnounced,
  finishInterrupted,
  foldRecordCounts,
  forgetIdempotencyKeys,
  forgetRejects,
} from '../records/index.js';
import { keepTime, keepVisits } from '../requests/index.js';
import { lookThroughDays, makeDueReport } from '../reports/index.js';
import { lockWraps, sweepOrphans, verifyObjects } from '../vault/index.js';
import type { Archive } from './archive.js';
import { publishAndStamp, tidyLog } from './log.js';
import { compareReadsByNight, verifyLogByNight } from './nights.js';

const NOTHING = {} as const;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Work that comes by itself: no payload, repeatable, one at a time. */
function regular(cron: string, run: () => Promise<unknown>): Task {
  return {
    cron,
    maxAttempts: 3,
    parse: () => NOTHING,
    async run() {
      await run();
    },
  };
}

/** The background work of an archive. Times are UTC; the nights are those of East Asia. */
export function regularTasks(archive: Archive): Tasks {
  const { records, accounts } = archive;
  const system = () => systemActor();
  return {
    expireReadings: regular('* * * * *', () => expireReadings(records, system())),
    expireGrants: regular('* * * * *', () => expireGrants(records, system())),
    keepStandingRules: regular('* * * * *', () => keepStandingRules(records)),
    finishArchiving: regular('*/2 * * * *', async () => (await finishAnnounced(records, system())) + (await finishInterrupted(records, system(), 2 * MINUTE))),
    closeAbandoned: regular('17 * * * *', () => closeAbandoned(records, system(), new Date(archive.now().getTime() - DAY))),
    requestTimes: regular('*/5 * * * *', () => keepTime(archive.requests, system())),
    siteVisits: regular('* * * * *', () => keepVisits(archive.requests, system())),
    publishLog: regular('* * * * *', () => publishAndStamp(archive)),
    tidyLog: regular('15 19 * * *', () => tidyLog(archive)),
    holdTimes: regular('* * * * *', () => keepHoldTimes(archive.holds, system())),
    tellStore: regular('* * * * *', () => tellStore(archive.holds, system())),
    checkHolds: regular('50 19 * * *', () => checkHolds(archive.holds, system())),
    foldCounts: regular('* * * * *', () => foldRecordCounts(records)),
    countLog: regular('* * * * *', () => foldCounts(archive.auditDb, archive.hours())),
    foldTerms: regular('* * * * *', () => foldTermCounts(archive.db)),
    // after another version of the schedule acts; it stops with the process and goes on with the next one
    recomputeTerms: {
      cron: '* * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      async run(_, { signal }) {
        if ((await recomputeTerms(archive.due, system(), { signal }))?.state === 'done') await sweepDue(archive.due, system());
      },
    },
    raiseLocks: {
      cron: '* * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      run: async (_, { signal }) => void (await raiseLocks(archive.due, system(), signal)),
    },
    // soon after midnight of East Asia: what ended yesterday is due today
    sweepDue: regular('10 16 * * *', async () => {
      await sweepDue(archive.due, system());
      await remindOfDue(archive.due, system());
    }),
    // what two persons agreed to over a client with very many records, and its release
    carryRestrictions: {
      cron: '* * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      run: (_, { signal }) => carryRestrictions(records, system(), { signal }),
    },
    forgetWaiting: regular('*/5 * * * *', () => archive.imports.forgetWaiting()),
    forgetKeys: regular('41 * * * *', () => forgetIdempotencyKeys(records)),
    forgetRejects: regular('50 18 * * *', () => forgetRejects(records, system(), new Date(archive.now().getTime() - 30 * DAY))),
    patrol: regular('5 19 * * *', () => verifyObjects(keeper(archive), system(), { sample: 1000 })),
    // one whose process ended goes on
    takeUpLogVerification: regular('* * * * *', () => archive.logRuns.takeUpSilent()),
    verifyLog: regular('40 17-21 * * *', () => verifyLogByNight(archive)),
    compareReads: regular('55 17-21 * * *', () => compareReadsByNight(archive)),
    // one whose process ended goes on here
    archiveChecks: {
      cron: '* * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      run: (_, { signal }) => archive.checks.takeUpSilent(signal),
    },
    lockWraps: {
      cron: '* * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      run: async (_, { signal }) => void (await lockWraps(keeper(archive), system(), signal)),
    },
    makeReports: regular('35 * * * *', () => makeDueReport(archive.reports, system())),
    lookForSignals: regular('25 * * * *', () => lookThroughDays(archive.reports, system())),
    makeEvidence: regular('* * * * *', async () => archive.evidence.runs.wake()),
    carryDestructions: regular('* * * * *', () => carryOn(archive.execution, system())),
    clearUnlocked: regular('12 * * * *', () => clearUnlocked(archive.execution, system())),
    carryLogs: regular('* * * * *', () => carryLogs(archive.logTerms)),
    clearLogs: regular('14 * * * *', () => clearLogs(archive.logTerms)),
    watchLogRegisters: regular('*/5 * * * *', () => watchLogRegisters(archive.logTerms, system())),
    purgeIndex: regular('35 18 * * *', () => archive.engine.purge()),
    disableSleepers: regular('5 18 * * *', () => accounts.disableSleepers({ requestId: system().requestId })),
    remindOfChanges: regular('7 * * * *', () => remindOfChanges({ ...archive, waitHours: archive.config.changeWaitHours })),
    checkSignOns: regular('* * * * *', () => accounts.signOn?.check() ?? Promise.resolve()),
    // queued by each decision of a group
    sealReports: {
      cron: '*/10 * * * *',
      maxAttempts: 3,
      parse: () => NOTHING,
      run: async (_, { signal }) => void (await sealReports(archive.disposition, system(), signal)),
    },
    watchRegisters: regular('*/5 * * * *', () => watchRegisters(archive.disposition, system())),
    sweepOrphans: regular('20 18 * * *', () => sweepOrphans({ ...keeper(archive) }, system(), { olderThan: new Date(archive.now().getTime() - 2 * DAY) })),
  };
}

/** Dependencies of the keepers of keys and objects. */
export function keeper(archive: Archive) {
  const { db, store, keystore, audit, access } = archive;
  return {
    db,
    store,
    keystore,
    audit,
    now: archive.now,
    random: archive.random,
    authorize: (actor: Parameters<typeof access.authorize>[0], right: Parameters<typeof access.authorize>[1]) => access.authorize(actor, right),
  };
}
