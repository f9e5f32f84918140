import type { Command } from 'commander';
import { keeper } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { say } from '../phrases/index.js';
import { checkKeys, keysStatus, rotateKeys } from '../vault/index.js';
import { withArchive } from './attach.js';
import { attempt, type Terminal } from './terminal.js';

/** `lantai keys status|rotate|check`. Exit code 2: keys are missing or do not open. */
export function addKeys(program: Command, terminal: Terminal): void {
  const texts = terminal.phrases.cli.keys;
  const keys = program.command('keys').description(texts.group);

  keys
    .command('status')
    .description(texts.status)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const status = await keysStatus(keeper(archive), systemActor());
          if (status.buckets.length === 0) terminal.line(texts.none);
          for (const { oldWraps, ...bucket } of status.buckets) terminal.line(say(texts.bucket, { ...bucket, old: oldWraps }));
          if (status.unfinishedRotation !== null) terminal.line(texts.unfinished);
        }),
      ),
    );

  keys
    .command('rotate')
    .description(texts.rotate)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const report = await rotateKeys(keeper(archive), systemActor());
          terminal.line(say(report.resumed ? texts.resumed : texts.rotated, { buckets: report.buckets, rewrapped: report.rewrapped, retired: report.retired }));
        }),
      ),
    );

  keys
    .command('check')
    .description(texts.check)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          const report = await checkKeys(keeper(archive), systemActor());
          terminal.line(say(report.ok ? texts.sound : texts.faulty, { tried: report.tried, lost: report.lostBuckets.length + report.lostObjects.length }));
          if (!report.bound) terminal.line(texts.foreign);
          for (const place of report.places)
            if (!place.reachable || !place.same || place.faults.length > 0) terminal.line(say(texts.place, { place: place.place }));
          if (!report.ok) process.exitCode = 2;
        }),
      ),
    );
}
