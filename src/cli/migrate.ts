import type { Command } from 'commander';
import { migrateSchema, openDatabases } from '../db/index.js';
import { migrateJobs } from '../jobs/index.js';
import { say } from '../phrases/index.js';
import { attempt, noticeText, type Terminal } from './terminal.js';

/** `lantai migrate`: brings the schema to this program's version; `serve` does the same at its start. */
export function addMigrate(program: Command, terminal: Terminal): void {
  const { cli } = terminal.phrases;
  program
    .command('migrate')
    .description(cli.migrate)
    .action(() =>
      attempt(terminal, async () => {
        const databases = await openDatabases(terminal.config(), { tell: (notice) => terminal.line(noticeText(terminal, notice)) });
        try {
          const applied = await migrateSchema(databases.urls.owner);
          await migrateJobs(databases.urls.owner);
          terminal.line(applied.length > 0 ? say(cli.migrated, { count: applied.length }) : cli.upToDate);
        } finally {
          await databases.close();
        }
      }),
    );
}
