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
  serve: {
    about: 'serve pages, API and background work until told to stop',
    demo: 'in an empty data folder, also load a demo archive (loopback only)',
    credentials: 'write the accounts of the demo to this file (must not exist, mode 0600)',
    noWorker: 'no background work (lantai worker runs beside)',
    port: 'port to listen on',
    credentialsExist: 'the file of credentials exists already',
    demoLoopback: 'a demo archive runs on a loopback address only',
    invitations: 'First start. Three invitations for the administrators, single use, valid 24 hours, claimed at {url} by three different persons:',
    staffing: 'This profile needs at least {least} people.',
    demoAccounts: 'Accounts of the demo (shown this once):',
    ready: 'Lantai 兰台 is ready: {url} ({seconds} s)',
    stopping: 'Stopping …',
  },
  unexpected: 'The program failed; the log has the details',
};
