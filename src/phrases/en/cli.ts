import type { Phrases } from '../types.js';
import type { cli as zh } from '../zh/cli.js';

export const cli: Phrases<typeof zh> = {
  about: 'Lantai: safe keeping and compliance for records of customer service',
  migrate: "bring the database's schema to this program's version",
  migrated: '{count} {count|migration|migrations} applied',
  upToDate: 'the schema is up to date',
  configWrong: 'The configuration is wrong:',
  failed: 'Not done: {reason}',
  reason: 'Reason: {detail}',
  notices: {
    runs_as: 'PostgreSQL refuses to run as root: it runs as {account}, its files are in {place}',
    programs_copied: "the account {account} cannot reach PostgreSQL's programs; a copy was made in {place}",
    came_back: 'the embedded PostgreSQL was lost and has been started again',
  },
  unexpected: 'The program failed; the log has the details',
};
