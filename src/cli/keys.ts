import { Argument, type Command } from 'commander';
import { keeper } from '../app/index.js';
import { systemActor } from '../audit/index.js';
import { isCoded } from '../errors/index.js';
import { say } from '../phrases/index.js';
import { dayText } from '../records/index.js';
import { checkKeys, CONFIRMED_DAYS, forgetPlace, keysStatus, listPlaces, PLACE_FATES, type PlaceFate, rotateKeys } from '../vault/index.js';
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

  addPlaces(keys, terminal);
}

/** `lantai keys places` and `lantai keys end-place ID FATE`: places by their identity, and what became of one that is gone for good. */
function addPlaces(keys: Command, terminal: Terminal): void {
  const texts = terminal.phrases.execution.keyPlaces;
  keys
    .command('places')
    .description(texts.places)
    .action(() =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          for (const one of await listPlaces(keeper(archive), systemActor()))
            terminal.line(
              say(texts.row, {
                id: one.id,
                place: one.place ?? texts.gone,
                since: dayText(new Date(one.firstSeen), archive.config.timeZone),
                state: one.ended ?? '',
              }),
            );
        }),
      ),
    );
  keys
    .command('end-place')
    .description(texts.end)
    .argument('<id>', texts.id)
    .addArgument(new Argument('<fate>', texts.fate).choices([...PLACE_FATES]))
    .action((id: string, fate: PlaceFate) =>
      attempt(terminal, () =>
        withArchive(terminal, async (archive) => {
          try {
            await forgetPlace(keeper(archive), systemActor(), id, fate);
          } catch (error) {
            if (isCoded(error, 'second_person')) terminal.line(say(texts.notConfirmed, { days: CONFIRMED_DAYS }));
            throw error;
          }
          terminal.line(say(texts.ended, { id, fate }));
        }),
      ),
    );
}
