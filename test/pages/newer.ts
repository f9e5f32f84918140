import { createRules } from '../../src/records/index.js';
import { parseSchedule, type Schedule } from '../../src/retention/index.js';
import type { TestServer } from '../support/server.js';

type Rule = Schedule['rules'][number];

/** The server as a newer program would run it: a version 2027-01 of the schedule lies in its folder, its rules changed. */
export async function withNewSchedule(server: TestServer, change: (rule: Rule) => Rule): Promise<void> {
  const { archive } = server.serving;
  const { rules } = archive;
  const { digest: _digest, name: _name, ...rest } = structuredClone(rules.schedules.newest);
  const next = parseSchedule({ ...rest, version: '2027-01', rules: rest.rules.map(change) });
  const versions = [...rules.schedules.versions, next];
  const schedules = { versions, newest: next, get: (name: string) => versions.find((one) => one.name === name) as Schedule };
  const newer = createRules({ db: archive.db, audit: archive.audit, access: archive.access, schemes: rules.schemes, schedules, now: archive.now });
  const { stop } = rules;
  await newer.start();
  for (const deps of [archive.records, archive.due]) Object.assign(deps, { schemes: newer.schemes, schedules: newer.schedules });
  Object.assign(rules, newer, {
    async stop() {
      await newer.stop();
      await stop();
    },
  });
}
