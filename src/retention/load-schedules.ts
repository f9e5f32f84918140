import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readYaml } from '../config/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { scheduleContent } from './schedule.js';
import type { Schedule } from './schedule.js';

/** Every schedule the archive ever used; old ones stay, because old decisions name them. */
export interface ScheduleSet {
  readonly versions: readonly Schedule[];
  readonly newest: Schedule;
  /** By `name`, `general@2026-01`; throws `policy_invalid` when it is unknown. */
  get(name: string): Schedule;
}

/** Validates one schedule; refuses with `policy_invalid`, never with a guess. */
export function parseSchedule(data: unknown, file = 'schedule'): Schedule {
  const read = scheduleContent.safeParse(data);
  if (!read.success) {
    const first = read.error.issues[0];
    throw new CodedError('policy_invalid', { detail: `${file}: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}` });
  }
  const digest = `sha256:${createHash('sha256').update(canonicalJson(read.data)).digest('hex')}`;
  return Object.freeze({ ...read.data, digest, name: `${read.data.id}@${read.data.version}` });
}

/** Reads one schedule from a file anywhere, whatever it is called. */
export async function readSchedule(file: string): Promise<Schedule> {
  const name = basename(file);
  const data = await readYaml(file).catch((cause: unknown) => {
    throw new CodedError('policy_invalid', { detail: `${name}: not readable as YAML`, cause });
  });
  return parseSchedule(data, name);
}

/** Reads all schedules of a folder (`retention/<version>-<id>.yaml`). One bad file refuses everything. */
export async function loadSchedules(folder: string): Promise<ScheduleSet> {
  const files = (await readdir(folder).catch(() => [] as string[])).filter((file) => file.endsWith('.yaml')).sort();
  const versions: Schedule[] = [];
  for (const file of files) {
    const schedule = await readSchedule(join(folder, file));
    if (file !== `${schedule.version}-${schedule.id}.yaml`)
      throw new CodedError('policy_invalid', { detail: `${file}: named after another schedule than ${schedule.name}` });
    versions.push(schedule);
  }
  const newest = versions.at(-1);
  if (!newest) throw new CodedError('policy_invalid', { detail: 'no retention schedule' });
  return Object.freeze({
    versions,
    newest,
    get(name: string) {
      const found = versions.find((one) => one.name === name);
      if (!found) throw new CodedError('policy_invalid', { detail: 'no such retention schedule' });
      return found;
    },
  });
}
